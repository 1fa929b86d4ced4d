"""What a pulse predictor loses on the kind of cells that it programs."""

from .predictor_on_array import PredictorOnArray as PredictorOnArray
from .reading import ReadingCost as ReadingCost
from .result import STAGES as STAGES
from .result import ArrayPrediction as ArrayPrediction
