from .four_terminal import FourTerminal as FourTerminal
from .four_terminal import SweepNoise as SweepNoise
from .jart_tud import FilamentSpread as FilamentSpread
from .jart_tud import FilamentWalk as FilamentWalk
from .jart_tud import JartTUD as JartTUD
from .soft_bounds import SoftBounds as SoftBounds
from .synaptogen import Synaptogen as Synaptogen

DEVICES = (
    JartTUD,
    SoftBounds,
    Synaptogen,
    FourTerminal,
)
"""Every device model, in the order in which they are listed."""
