"""Which pulse next: the question that every programming scheme answers."""

from abc import ABC, abstractmethod
from typing import Any, Self

from torch import Tensor

from mho.core import Device, Pulse


class Programmer(ABC):
    """Chooses the next pulse from where a cell is and where it should be."""

    @abstractmethod
    def fit(self, device: Device[Any]) -> Self:
        """The scheme prepared for a device; the scheme itself is left as it was.

        Args:
            device: Model of the cells that will be programmed.
        """

    @abstractmethod
    def pulse(self, conductance: Tensor, target: Tensor) -> Pulse:
        """Pulse for cells at `conductance` that should reach `target`.

        Args:
            conductance: (..., rows, cols), S. Conductance now.
            target: (..., rows, cols), S. Conductance wanted.
        """
