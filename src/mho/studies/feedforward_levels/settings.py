"""What can be done beyond a plain sweep."""

from dataclasses import dataclass

from mho.core.check import check_number
from mho.devices import Ageing
from mho.programming.feedforward import IdenticalPulses


@dataclass(frozen=True, kw_only=True)
class Correction:
    """Level after level by write-and-verify, instead of out of the reads of a free sweep.

    Args:
        tolerance: Distance at which a level counts as met, in levels.
        max_pulses: Pulses for one level after which to go on to the next.
    """

    tolerance: float = 0.5
    max_pulses: int = 60

    def __post_init__(self) -> None:
        check_number("tolerance", self.tolerance, low=0.0, above=True)
        check_number("max_pulses", self.max_pulses, low=1)


@dataclass(frozen=True, kw_only=True)
class Learning:
    """A scheme that starts from a short characterisation and corrects itself while it drives.

    Args:
        characterisation: Pulses before the first sweep.
        rate: Weight of one read against all before it.
        cells: Cells, each with a table of its own.
        cycles: Sweeps in either direction.
        ageing: What use does to the cells, nothing if left out.
    """

    characterisation: IdenticalPulses
    rate: float = 0.5
    cells: int = 22
    cycles: int = 5
    ageing: Ageing | None = None

    def __post_init__(self) -> None:
        check_number("rate", self.rate, low=0.0, high=1.0, above=True)
        check_number("cells", self.cells, low=1)
        check_number("cycles", self.cycles, low=2)
