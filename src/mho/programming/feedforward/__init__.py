"""Feedforward pulses: the amplitude that moves a cell by one even step, from wherever it is."""

from .feedforward_pulse import FeedforwardPulse as FeedforwardPulse
from .identical_pulses import IdenticalPulses as IdenticalPulses
from .identical_pulses import PulseCurves as PulseCurves
from .ramps import Ramps as Ramps
from .scale import LinearConductance as LinearConductance
from .scale import LinearResistance as LinearResistance
from .scale import Scale as Scale
from .step_map import StepMap as StepMap
from .sweeps import Cycles as Cycles
from .sweeps import Sweeps as Sweeps
from .sweeps import cycle as cycle
