"""How close one predicted pulse brings a cell to its target, and how close any could."""

from .bound import Bound as Bound
from .predict_pulses import PredictPulses as PredictPulses
from .predict_pulses import Verification as Verification
from .result import BOUNDS as BOUNDS
from .result import PulsePredictions as PulsePredictions
from .result import relative_error as relative_error
from .training import NETWORKS as NETWORKS
from .training import Training as Training
