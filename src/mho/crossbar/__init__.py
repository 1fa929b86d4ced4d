from .converters import ADC as ADC
from .converters import DAC as DAC
from .converters import TIA as TIA
from .crossbar import Crossbar as Crossbar
from .crossbar import Readout as Readout
