from .bench import Bench as Bench
from .device import CellState as CellState
from .device import Device as Device
from .device import Trace as Trace
from .past import Past as Past
from .pulse import Pulse as Pulse
