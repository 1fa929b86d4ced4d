"""What calibrators make of the currents of arrays, beside the paper's."""

from .calibrate_readout import CalibrateReadout as CalibrateReadout
from .calibrators import CALIBRATORS as CALIBRATORS
from .calibrators import OWN as OWN
from .calibrators import PHYSICS as PHYSICS
from .calibrators import OnCircuit as OnCircuit
from .calibrators import OwnVectors as OwnVectors
from .result import CURVE as CURVE
from .result import FLOOR as FLOOR
from .result import IDEAL as IDEAL
from .result import PAPER as PAPER
from .result import RAW as RAW
from .result import Calibrations as Calibrations
from .result import shard_name as shard_name
