"""Which pulse next: the question that every programming scheme answers."""

from abc import ABC, abstractmethod
from typing import Any, Self, TypeVar

from torch import Tensor

from mho.core import Bench, Device, Past, Pulse
from mho.core.check import argument_error
from mho.core.past import NO_PAST

Fitted = TypeVar("Fitted")


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
            past: Reads and pulses of the same cells before, a read NaN where it failed; most
                schemes do not ask.
        """

    @property
    def reach(self) -> tuple[float, float] | None:
        """S. Conductances between which the scheme can bring nominal cells, if it knows them.

        Targets beyond are tried all the same, since real cells differ from nominal ones.
        """
        return None

    def check(self, bench: Bench) -> None:  # noqa: B027 - most schemes suit any bench
        """Warn or refuse if the scheme was not made for the cells of a bench.

        Args:
            bench: Cells that are about to be programmed.
        """


def fitted(name: str, value: Fitted | None) -> Fitted:
    """What `fit` made, or an error that asks for it.

    Args:
        name: Field of the scheme that `fit` fills.
        value: What the field holds.
    """
    if value is None:
        raise argument_error(name, "be known", "is not", "Call `fit(device)` first.")
    return value
