"""What comes of programming a target, as a distribution that is fitted and then sampled."""

from .goodness import Goodness as Goodness
from .goodness import held_out as held_out
from .grid import Grid as Grid
from .grid import KnotGrid as KnotGrid
from .grid import LevelGrid as LevelGrid
from .outcomes import Outcomes as Outcomes
from .program_error import Origin as Origin
from .program_error import ProgramError as ProgramError
from .published import phase_change_error as phase_change_error
