from .data_driven import DataDriven as DataDriven
from .exponential_step import ExponentialStep as ExponentialStep
from .filament import FilamentSpread as FilamentSpread
from .filament import FilamentWalk as FilamentWalk
from .four_terminal import FourTerminal as FourTerminal
from .four_terminal import SweepNoise as SweepNoise
from .jart_fit2022 import JartFit2022 as JartFit2022
from .jart_tud import JartTUD as JartTUD
from .jart_v1b import JartV1b as JartV1b
from .linear_ion_drift import LinearIonDrift as LinearIonDrift
from .linear_step import LinearStep as LinearStep
from .phase_change import PhaseChange as PhaseChange
from .phase_change import PhaseChangeNoise as PhaseChangeNoise
from .power_step import PowerStep as PowerStep
from .soft_bounds import SoftBounds as SoftBounds
from .stanford_pku import GapFluctuation as GapFluctuation
from .stanford_pku import StanfordPKU as StanfordPKU
from .step_device import StepSpread as StepSpread
from .synaptogen import Synaptogen as Synaptogen
from .ucsb import UCSB as UCSB
from .vteam import VTEAM as VTEAM
from .windows import Biolek as Biolek
from .windows import Joglekar as Joglekar
from .yakopcic import Yakopcic as Yakopcic

DEVICES = (
    JartTUD,
    JartFit2022,
    JartV1b,
    SoftBounds,
    LinearStep,
    ExponentialStep,
    PowerStep,
    LinearIonDrift,
    VTEAM,
    Yakopcic,
    StanfordPKU,
    DataDriven,
    UCSB,
    PhaseChange,
    Synaptogen,
    FourTerminal,
)
"""Every device model, in the order in which they are listed."""
