"""Which pulse next: the question that every programming scheme answers."""

from abc import ABC, abstractmethod
from typing import Any, Self

from torch import Tensor

from mho.core import Bench, Device, Past, Pulse
from mho.core.past import NO_PAST


class Programmer(ABC):
    """Chooses the next pulse from where a cell is, where it should be and what it did before."""

    @abstractmethod
    def fit(self, device: Device[Any]) -> Self:
        """The scheme prepared for a device; the scheme itself is left as it was.

        Args:
            device: Model of the cells that will be programmed.
        """

    @abstractmethod
    def pulse(self, conductance: Tensor, target: Tensor, past: Past = NO_PAST) -> Pulse:
        """Pulse for cells at `conductance` that should reach `target`.

        Args:
            conductance: (..., rows, cols), S. Conductance now.
            target: (..., rows, cols), S. Conductance wanted.
            past: Reads and pulses of the same cells before; most schemes do not ask.
        """

    def check(self, bench: Bench) -> None:  # noqa: B027
        """Warn if the scheme was made for other cells; most schemes serve any.

        Args:
            bench: Cells that will be programmed.
        """
