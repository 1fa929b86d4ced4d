"""What accuracy do networks keep when their weights are written into cells?"""

from .result import TransferredWeights as TransferredWeights
from .schemes import Exact as Exact
from .schemes import Fitted as Fitted
from .schemes import WritingScheme as WritingScheme
from .weight_transfer import WeightTransfer as WeightTransfer
