"""What do pulses do to the cells of a device, and what does time?"""

from .characterise import Characterise as Characterise
from .result import Characteristics as Characteristics
