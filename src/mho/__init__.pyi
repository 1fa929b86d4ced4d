from . import devices as devices
from . import nn as nn
from .bench import SimulatedBench as SimulatedBench
from .calibration import Calibrator as Calibrator
from .calibration import ColumnGain as ColumnGain
from .calibration import Identity as Identity
from .core import Bench as Bench
from .core import Device as Device
from .core import Pulse as Pulse
from .crossbar import ADC as ADC
from .crossbar import DAC as DAC
from .crossbar import TIA as TIA
from .crossbar import Crossbar as Crossbar
from .crossbar import Driven as Driven
from .crossbar import Readout as Readout
from .crossbar import RelativeReadNoise as RelativeReadNoise
from .crossbar import Sensed as Sensed
from .crossbar import ShotNoise as ShotNoise
from .crossbar import ThermalNoise as ThermalNoise
from .crossbar import WhiteNoise as WhiteNoise
from .programming import ConstantPulse as ConstantPulse
from .programming import Cycling as Cycling
from .programming import NoiseFreeInverse as NoiseFreeInverse
from .programming import Programmer as Programmer
from .programming import ProgramResult as ProgramResult
from .programming import program as program

__version__: str
