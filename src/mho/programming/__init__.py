from .constant_pulse import ConstantPulse as ConstantPulse
from .cycling import Cycling as Cycling
from .noise_free_inverse import NoiseFreeInverse as NoiseFreeInverse
from .predictor import PulsePredictor as PulsePredictor
from .program import ProgramResult as ProgramResult
from .program import program as program
from .programmer import Programmer as Programmer
