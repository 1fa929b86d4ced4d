from .bench import Bench as Bench
from .device import CellState as CellState
from .device import Device as Device
from .pulse import Pulse as Pulse
