from .around import Around as Around
from .selection import GatedRow as GatedRow
from .selection import HalfVoltage as HalfVoltage
from .selection import Selection as Selection
from .selection import ThirdVoltage as ThirdVoltage
from .simulated import SimulatedBench as SimulatedBench
from .some_cells import SomeCells as SomeCells
