"""Does a calibrator know when it should not be trusted?"""

from .result import TrustedCalibrations as TrustedCalibrations
from .strange import Drifted as Drifted
from .strange import OtherVoltages as OtherVoltages
from .strange import OtherWires as OtherWires
from .strange import Strange as Strange
from .strange import StuckColumn as StuckColumn
from .trust_calibration import TrustCalibration as TrustCalibration
