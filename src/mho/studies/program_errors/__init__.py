"""What comes of programming a target, and how well is that told by a formula?"""

from .program_errors import ProgramErrors as ProgramErrors
from .result import ProgramErrorsResult as ProgramErrorsResult
from .sources import Programmed as Programmed
from .sources import Source as Source
from .swept import Swept as Swept
