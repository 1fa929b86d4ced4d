from .device import Jart as Jart
from .device import JartState as JartState
from .filament import FilamentSpread as FilamentSpread
from .filament import FilamentWalk as FilamentWalk
from .fit2022 import JartFit2022 as JartFit2022
from .tud import JartTUD as JartTUD
from .v1b import JartV1b as JartV1b
