"""How many even levels do feedforward pulses give?"""

from .feedforward_levels import FeedforwardLevels as FeedforwardLevels
from .measurements import calibrated_scheme as calibrated_scheme
from .measurements import found_scheme as found_scheme
from .result import LevelCounts as LevelCounts
from .settings import Correction as Correction
from .settings import Learning as Learning
