from .jart_tud import FilamentSpread as FilamentSpread
from .jart_tud import FilamentWalk as FilamentWalk
from .jart_tud import JartTUD as JartTUD
from .soft_bounds import SoftBounds as SoftBounds
from .synaptogen import Synaptogen as Synaptogen

DEVICES = (
    JartTUD,
    SoftBounds,
    Synaptogen,
)
"""Every device model, in the order in which they are listed."""
