from .calibrator import Calibrator as Calibrator
from .column_gain import ColumnGain as ColumnGain
from .identity import Identity as Identity
from .repair import Diagonal as Diagonal
from .repair import Full as Full
from .repair import Repair as Repair
from .repair import Unchanged as Unchanged
