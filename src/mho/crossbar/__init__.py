from .converters import ADC as ADC
from .converters import DAC as DAC
from .crossbar import Crossbar as Crossbar
from .crossbar import Readout as Readout
from .wires import Driven as Driven
from .wires import Sensed as Sensed
