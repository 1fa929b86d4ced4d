"""How well do networks learn whose weights are cells?"""

from .in_memory_training import InMemoryTraining as InMemoryTraining
from .result import TrainedInMemory as TrainedInMemory
from .rule import Rule as Rule
from .rule import Tiles as Tiles
from .rules import AroundCells as AroundCells
from .rules import Digital as Digital
from .rules import Filtered as Filtered
from .rules import Mixed as Mixed
from .rules import NoiseBehindBlocks as NoiseBehindBlocks
from .rules import Pulsed as Pulsed
from .rules import Rewritten as Rewritten
from .tasks import CaltechByResnet as CaltechByResnet
from .tasks import FashionByLenet as FashionByLenet
from .tasks import MnistByMlp as MnistByMlp
from .tasks import OwnTask as OwnTask
from .tasks import Task as Task
