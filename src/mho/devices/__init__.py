from .data_driven import DataDriven as DataDriven
from .jart_tud import FilamentSpread as FilamentSpread
from .jart_tud import FilamentWalk as FilamentWalk
from .jart_tud import JartTUD as JartTUD
from .linear_ion_drift import LinearIonDrift as LinearIonDrift
from .soft_bounds import SoftBounds as SoftBounds
from .stanford_pku import GapFluctuation as GapFluctuation
from .stanford_pku import StanfordPKU as StanfordPKU
from .vteam import VTEAM as VTEAM
from .windows import Biolek as Biolek
from .windows import Joglekar as Joglekar
from .yakopcic import Yakopcic as Yakopcic

DEVICES = (
    JartTUD,
    SoftBounds,
    LinearIonDrift,
    VTEAM,
    Yakopcic,
    StanfordPKU,
    DataDriven,
)
"""Every device model, in the order in which they are listed."""
