from .data_driven import DataDriven as DataDriven
from .exponential_step import ExponentialStep as ExponentialStep
from .four_terminal import FourTerminal as FourTerminal
from .four_terminal import SweepNoise as SweepNoise
from .jart_tud import FilamentSpread as FilamentSpread
from .jart_tud import FilamentWalk as FilamentWalk
from .jart_tud import JartTUD as JartTUD
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
