"""What is to be linear in the number of pulses: conductance or resistance."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, Self

from torch import Tensor

from mho.core import Device
from mho.core.check import argument_error, check_number


@dataclass(frozen=True, kw_only=True)
class Scale(ABC):
    """Position of a cell between the two ends of a range, in the quantity that is to be linear.

    A position is 0 at the low and 1 at the high conductance, so SET pulses raise it whatever the
    quantity.

    Args:
        low: S. Conductance at position 0; `spanning` takes it from the device.
        high: S. Conductance at position 1; `spanning` takes it from the device.
        margin: Share of the device's range to leave out at either end.
    """

    low: float | None = None
    high: float | None = None
    margin: float = 0.0

    def __post_init__(self) -> None:
        check_number("margin", self.margin, low=0.0, high=0.4)
        if self.low is not None:
            check_number("low", self.low, low=0.0, above=True)
        if self.high is not None:
            check_number("high", self.high, low=self.low or 0.0, above=True)

    @abstractmethod
    def value(self, conductance: Tensor) -> Tensor:
        """The linear quantity: (...), 1, in the unit of the scale.

        Args:
            conductance: (...), S. Conductance of cells.
        """

    @abstractmethod
    def conductance_of(self, value: Tensor) -> Tensor:
        """Conductance: (...), S.

        Args:
            value: (...), 1. The linear quantity, in the unit of the scale.
        """

    @property
    @abstractmethod
    def unit(self) -> str:
        """Unit of the linear quantity."""

    def spanning(self, device: Device[Any]) -> Self:
        """The same scale with the ends that it lacks, within the range of a device.

        Args:
            device: Model of the cells.
        """
        whole = replace(self, low=device.g_min, high=device.g_max)
        ends = (float(whole.conductance(_tensor(end))) for end in (self.margin, 1 - self.margin))
        low, high = ends
        return replace(self, low=self.low or low, high=self.high or high)

    def position(self, conductance: Tensor) -> Tensor:
        """Where between the ends: (...), 0 at the low and 1 at the high conductance.

        Args:
            conductance: (...), S. Conductance of cells.
        """
        low, high = self.ends()
        return (self.value(conductance) - low) / (high - low)

    def conductance(self, position: Tensor) -> Tensor:
        """Conductance at a position: (...), S.

        Args:
            position: (...), 1. Where between the ends.
        """
        low, high = self.ends()
        return self.conductance_of(low + (high - low) * position)

    def ends(self) -> tuple[float, float]:
        """The linear quantity at position 0 and at position 1, in the unit of the scale."""
        if self.low is None or self.high is None:
            raise argument_error("scale", "have its ends", "has none", "Call `fit(device)` first.")
        low, high = (float(self.value(_tensor(end))) for end in (self.low, self.high))
        return low, high


@dataclass(frozen=True, kw_only=True)
class LinearConductance(Scale):
    """Even steps of conductance."""

    @property
    def unit(self) -> str:
        return "S"

    def value(self, conductance: Tensor) -> Tensor:
        return conductance

    def conductance_of(self, value: Tensor) -> Tensor:
        return value


@dataclass(frozen=True, kw_only=True)
class LinearResistance(Scale):
    """Even steps of resistance."""

    @property
    def unit(self) -> str:
        return "Ohm"

    def value(self, conductance: Tensor) -> Tensor:
        return 1.0 / conductance

    def conductance_of(self, value: Tensor) -> Tensor:
        return 1.0 / value


def _tensor(number: float) -> Tensor:
    import torch

    return torch.tensor(number, dtype=torch.float64)
