from .constant_pulse import ConstantPulse as ConstantPulse
from .cycling import Cycling as Cycling
from .feedforward import FeedforwardPulse as FeedforwardPulse
from .noise_free_inverse import NoiseFreeInverse as NoiseFreeInverse
from .program import ProgramResult as ProgramResult
from .program import program as program
from .programmer import Programmer as Programmer
