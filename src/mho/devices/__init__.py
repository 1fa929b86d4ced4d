from .jart_tud import FilamentSpread as FilamentSpread
from .jart_tud import FilamentWalk as FilamentWalk
from .jart_tud import JartTUD as JartTUD
from .soft_bounds import SoftBounds as SoftBounds
from .time import EFFECTS as EFFECTS
from .time import Ageing as Ageing
from .time import Drift as Drift
from .time import InTime as InTime
from .time import ReadDisturb as ReadDisturb
from .time import ReadNoise as ReadNoise
from .time import Relaxation as Relaxation
from .time import TelegraphNoise as TelegraphNoise

DEVICES = (JartTUD, SoftBounds)
"""Every device model, in the order in which they are listed."""
