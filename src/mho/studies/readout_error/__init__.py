"""What do wires and access transistors do to the currents of an array?"""

from .data import NOISE_FREE as NOISE_FREE
from .data import PARTS as PARTS
from .data import UNIT as UNIT
from .data import Part as Part
from .data import load_part as load_part
from .data import read_part as read_part
from .filters import FilterTest as FilterTest
from .readout_error import ReadoutError as ReadoutError
from .result import PAPER as PAPER
from .result import ReadoutErrors as ReadoutErrors
from .unstored import Unstored as Unstored
