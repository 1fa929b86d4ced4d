from .filament import FilamentSpread as FilamentSpread
from .filament import FilamentWalk as FilamentWalk
from .jart_fit2022 import JartFit2022 as JartFit2022
from .jart_tud import JartTUD as JartTUD
from .jart_v1b import JartV1b as JartV1b
from .soft_bounds import SoftBounds as SoftBounds

DEVICES = (JartTUD, JartFit2022, JartV1b, SoftBounds)
"""Every device model, in the order in which they are listed."""
