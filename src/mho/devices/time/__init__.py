"""What time, reading and use do to cells of any device: one effect an object."""

from typing import Any

from .ageing import Ageing as Ageing
from .drift import Drift as Drift
from .effect import Effect as Effect
from .effect import Switching as Switching
from .in_time import InTime as InTime
from .in_time import InTimeState as InTimeState
from .read_disturb import ReadDisturb as ReadDisturb
from .read_noise import ReadNoise as ReadNoise
from .relaxation import Relaxation as Relaxation
from .relaxation_fit import RelaxationMeasurement as RelaxationMeasurement
from .relaxation_fit import fit_relaxation as fit_relaxation
from .telegraph_fit import fit_telegraph as fit_telegraph
from .telegraph_noise import TelegraphNoise as TelegraphNoise

EFFECTS: tuple[type[Effect[Any]], ...] = (
    Relaxation,
    Drift,
    ReadDisturb,
    ReadNoise,
    TelegraphNoise,
    Ageing,
)
"""Every effect, in the order in which they are listed."""
