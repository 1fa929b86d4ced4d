"""How well is an array corrected long after it was programmed?"""

from .calibrate_over_time import CalibrateOverTime as CalibrateOverTime
from .result import CalibrationsOverTime as CalibrationsOverTime
from .uses import Cycling as Cycling
from .uses import Reading as Reading
from .uses import Use as Use
from .uses import Waiting as Waiting
