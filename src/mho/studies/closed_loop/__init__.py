"""What accuracy does a trained network keep on simulated memristors?"""

from .loop import ClosedLoop as ClosedLoop
from .loop import Scheme as Scheme
from .result import STAGES as STAGES
from .result import ClosedLoopResult as ClosedLoopResult
