"""Converters at the edge of an array: digital to voltage, current to voltage and to digital."""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from mho.core.check import argument_error, check_number

from .input_noise import InputNoise
from .rounding import Rounding


@dataclass(frozen=True, kw_only=True)
class DAC:
    """Digital-to-analog converter of the rows: rounds and clips voltages to its range.

    Its errors come after rounding, so that they may lead out of the range.

    Args:
        bits: Resolution.
        low: V. Lowest voltage; `fit` chooses it.
        high: V. Highest voltage; `fit` chooses it.
        offset_error: Steps (LSB). What is added to every voltage.
        gain_error: Relative. What every voltage is too large by.
    """

    bits: int = 8
    low: float | None = None
    high: float | None = None
    offset_error: float = 0.0
    gain_error: float = 0.0

    def __post_init__(self) -> None:
        _check_converter(self.bits, self.offset_error, self.gain_error)

    def fit(self, voltage: Tensor) -> "DAC":
        """The converter with the range of these voltages, one range for all of them.

        Args:
            voltage: (..., vectors, rows), V. Voltages that stand for those to come.
        """
        low, high = voltage.min().item(), voltage.max().item()
        return replace(self, low=min(low, 0.0), high=max(high, 0.0))

    def __call__(self, voltage: Tensor, *, unit: float = 1.0) -> Tensor:
        """Voltages that the rows get.

        Args:
            voltage: (..., vectors, rows), V. Voltages wanted, over `unit`.
            unit: What to multiply them by.
        """
        rounded = self._rounding(voltage, gain=unit)
        if self.gain_error == self.offset_error == 0:
            return rounded
        return rounded * (1 + self.gain_error) + self.offset_error * self._rounding.step

    @cached_property
    def _rounding(self) -> Rounding:
        if self.low is None or self.high is None:
            raise argument_error("low", "be known", "is not", "Call `fit(voltage)` first.")
        low, high = torch.tensor([self.low, self.high], dtype=torch.float64)
        return Rounding(low, high, self.bits)


@dataclass(frozen=True, kw_only=True)
class TIA:
    """Transimpedance amplifier of the columns: turns currents into voltages that it can give.

    Called, it says which currents its output voltages stand for, as an ADC behind it takes them.
    The turned sign of an inverting amplifier is left out.

    Args:
        feedback_resistance: Ohm. Output voltage per current; `fit` chooses it if left out.
        low: V. Lowest output.
        high: V. Highest output.
        offset: V. Output without a current.
    """

    feedback_resistance: float | None = None
    low: float = -1.0
    high: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        check_number("low", self.low, high=0.0)
        check_number("high", self.high, low=0.0)
        check_number("offset", self.offset, low=self.low, high=self.high)
        if self.feedback_resistance is not None:
            check_number("feedback_resistance", self.feedback_resistance, low=0.0, above=True)

    def fit(self, current: Tensor) -> "TIA":
        """The amplifier with the largest feedback that, without offset, clips none of these.

        A feedback that was given is kept. A limit of 0 V clips all currents of its sign whatever
        the feedback, and does not count.

        Args:
            current: (..., vectors, cols), A. Currents that stand for those to come.
        """
        if self.feedback_resistance is not None:
            return self
        peaks = (self.high, current.max().item()), (self.low, current.min().item())
        feedback = [limit / peak for limit, peak in peaks if limit * peak > 0]
        if not feedback or min(feedback) == math.inf:
            must = "drive the output towards a finite limit"
            raise argument_error("current", must, "does not", "Give `feedback_resistance` instead.")
        return replace(self, feedback_resistance=min(feedback))

    def voltage(self, current: Tensor) -> Tensor:
        """Voltages at the outputs: (..., vectors, cols), V.

        Args:
            current: (..., vectors, cols), A. Currents out of the columns.
        """
        return (self._feedback * current + self.offset).clamp(self.low, self.high)

    def current(self, voltage: Tensor) -> Tensor:
        """Currents that output voltages stand for: (..., vectors, cols), A.

        Args:
            voltage: (..., vectors, cols), V. Voltages at the outputs.
        """
        return voltage / self._feedback

    def __call__(self, current: Tensor) -> Tensor:
        """Currents as the output voltages say.

        Args:
            current: (..., vectors, cols), A. Currents out of the columns.
        """
        return self.current(self.voltage(current))

    @property
    def _feedback(self) -> float:
        if self.feedback_resistance is None:
            must, remedy = "be known", "Call `fit(current)` first."
            raise argument_error("feedback_resistance", must, "is not", remedy)
        return self.feedback_resistance


@dataclass(frozen=True, kw_only=True)
class ADC:
    """Analog-to-digital converter of the columns: rounds and clips currents to its range.

    Its errors come before rounding, so that they never lead out of the range.

    Args:
        bits: Resolution.
        low: (..., 1, 1), A. Lowest current of each array; `fit` chooses it.
        high: (..., 1, 1), A. Highest current of each array; `fit` chooses it.
        offset_error: Steps (LSB). What is added to every current.
        gain_error: Relative. What every current is taken too large by.
    """

    bits: int = 8
    low: Tensor | None = None
    high: Tensor | None = None
    offset_error: float = 0.0
    gain_error: float = 0.0

    def __post_init__(self) -> None:
        _check_converter(self.bits, self.offset_error, self.gain_error)

    def fit(self, current: Tensor) -> "ADC":
        """The converter with the range of these currents, one range for each array.

        Args:
            current: (..., vectors, cols), A. Currents that stand for those to come.
        """
        low = current.amin((-2, -1), keepdim=True)
        high = current.amax((-2, -1), keepdim=True)
        return replace(self, low=low.clamp(max=0.0), high=high.clamp(min=0.0))

    def __call__(self, current: Tensor, *, noise: InputNoise | None = None) -> Tensor:
        """Currents as their digital values say.

        Args:
            current: (..., vectors, cols), A. Currents out of the columns.
            noise: Disturbs the currents before they are converted, none if left out.
        """
        error = {"gain": 1 + self.gain_error, "offset": self.offset_error}
        return self._rounding(current, noise=noise, **error)

    @cached_property
    def _rounding(self) -> Rounding:
        if self.low is None or self.high is None:
            raise argument_error("low", "be known", "is not", "Call `fit(current)` first.")
        return Rounding(self.low, self.high, self.bits)


def _check_converter(bits: int, offset_error: float, gain_error: float) -> None:
    check_number("bits", bits, low=1, high=24)
    check_number("offset_error", offset_error, low=1 - 2**bits, high=2**bits - 1)
    check_number("gain_error", gain_error, low=-1.0, high=1.0, above=True)
