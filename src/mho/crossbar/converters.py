"""Converters at the edge of an array: digital to voltage, current to digital."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.core.check import argument_error, check_number


@dataclass(frozen=True, kw_only=True)
class DAC:
    """Digital-to-analog converter of the rows: rounds and clips voltages to its range.

    Args:
        bits: Resolution.
        low: V. Lowest voltage; `fit` chooses it.
        high: V. Highest voltage; `fit` chooses it.
    """

    bits: int = 8
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        check_number("bits", self.bits, low=1, high=24)

    def fit(self, voltage: Tensor) -> "DAC":
        """The converter with the range of these voltages, one range for all of them.

        Args:
            voltage: (..., vectors, rows), V. Voltages that stand for those to come.
        """
        low, high = voltage.min().item(), voltage.max().item()
        return replace(self, low=min(low, 0.0), high=max(high, 0.0))

    def __call__(self, voltage: Tensor) -> Tensor:
        """Voltages that the rows get.

        Args:
            voltage: (..., vectors, rows), V. Voltages wanted.
        """
        if self.low is None or self.high is None:
            raise argument_error("low", "be known", "is not", "Call `fit(voltage)` first.")
        edges = voltage.new_tensor([self.low, self.high])
        return _rounded(voltage, self.bits, edges[0], edges[1])


@dataclass(frozen=True, kw_only=True)
class ADC:
    """Analog-to-digital converter of the columns: rounds and clips currents to its range.

    Args:
        bits: Resolution.
        low: (..., 1, 1), A. Lowest current of each array; `fit` chooses it.
        high: (..., 1, 1), A. Highest current of each array; `fit` chooses it.
    """

    bits: int = 8
    low: Tensor | None = None
    high: Tensor | None = None

    def __post_init__(self) -> None:
        check_number("bits", self.bits, low=1, high=24)

    def fit(self, current: Tensor) -> "ADC":
        """The converter with the range of these currents, one range for each array.

        Args:
            current: (..., vectors, cols), A. Currents that stand for those to come.
        """
        low = current.amin((-2, -1), keepdim=True)
        high = current.amax((-2, -1), keepdim=True)
        return replace(self, low=low.clamp(max=0.0), high=high.clamp(min=0.0))

    def __call__(self, current: Tensor) -> Tensor:
        """Currents as their digital values say.

        Args:
            current: (..., vectors, cols), A. Currents out of the columns.
        """
        if self.low is None or self.high is None:
            raise argument_error("low", "be known", "is not", "Call `fit(current)` first.")
        return _rounded(current, self.bits, self.low, self.high)


def _rounded(value: Tensor, bits: int, low: Tensor, high: Tensor) -> Tensor:
    # An array that never carried a current has an empty range, and zero is its only value.
    step = ((high - low) / (2**bits - 1)).clamp(min=torch.finfo(value.dtype).tiny)
    code = ((value - low) / step).round().clamp(0, 2**bits - 1)
    rounded: Tensor = low + code * step
    return rounded
