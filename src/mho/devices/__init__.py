from .data_driven import DataDriven as DataDriven
from .four_terminal import FourTerminal as FourTerminal
from .four_terminal import JouleHeat as JouleHeat
from .four_terminal import SweepNoise as SweepNoise
from .jart import FilamentSpread as FilamentSpread
from .jart import FilamentWalk as FilamentWalk
from .jart import JartFit2022 as JartFit2022
from .jart import JartTUD as JartTUD
from .jart import JartV1b as JartV1b
from .linear_ion_drift import LinearIonDrift as LinearIonDrift
from .phase_change import PhaseChange as PhaseChange
from .phase_change import PhaseChangeNoise as PhaseChangeNoise
from .soft_bounds import SoftBounds as SoftBounds
from .stanford_pku import GapFluctuation as GapFluctuation
from .stanford_pku import StanfordPKU as StanfordPKU
from .steps import ExponentialStep as ExponentialStep
from .steps import LinearStep as LinearStep
from .steps import PowerStep as PowerStep
from .steps import StepSpread as StepSpread
from .synaptogen import Synaptogen as Synaptogen
from .time import EFFECTS as EFFECTS
from .time import Ageing as Ageing
from .time import Drift as Drift
from .time import InTime as InTime
from .time import ReadDisturb as ReadDisturb
from .time import ReadNoise as ReadNoise
from .time import Relaxation as Relaxation
from .time import TelegraphNoise as TelegraphNoise
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
