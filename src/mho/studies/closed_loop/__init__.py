"""What accuracy does a trained network keep on simulated memristors?"""

from .loop import ClosedLoop as ClosedLoop
from .result import STAGES as STAGES
from .result import ClosedLoopResult as ClosedLoopResult
from .scheme import Scheme as Scheme
