from .calibrator import Calibrator as Calibrator
from .column_gain import ColumnGain as ColumnGain
from .identity import Identity as Identity
