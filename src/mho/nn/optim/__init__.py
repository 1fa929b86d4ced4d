"""Optimisers that change cells: what an update asks of a weight is done by pulses or rewriting."""

from .coincidences import Coincidences as Coincidences
from .in_memory import InMemory as InMemory
from .level_steps import LevelSteps as LevelSteps
from .mixed_precision import MixedPrecision as MixedPrecision
from .pulse_steps import PulseSteps as PulseSteps
from .pulsed_sgd import PulsedSGD as PulsedSGD
from .rewriting_sgd import RewritingSGD as RewritingSGD
from .steps import LayerSteps as LayerSteps
from .steps import Steps as Steps
from .tiki_taka import TikiTaka as TikiTaka
from .train import Nearest as Nearest
from .train import Rounded as Rounded
from .train import Train as Train
from .zero import Chopped as Chopped
from .zero import Turned as Turned
from .zero import Zero as Zero
