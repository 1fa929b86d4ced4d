"""Arrays that hold a filter in each column, and the signals that they filter."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core.check import argument_error, check_number


@dataclass(frozen=True, kw_only=True)
class FilterTest:
    """Low-pass filters as conductances, driven by a sinusoid and by a constant voltage.

    Column by column the cutoff rises evenly. The rows are a delay line: row r is driven by the
    sample that came r samples before the newest, so that each column's current is its filter's
    output.

    Args:
        lowest_cutoff: Cycles per sample. Of the first column's filter.
        highest_cutoff: Cycles per sample. Of the last column's filter.
        low: V. Lowest voltage of the sinusoid.
        high: V. Highest voltage of the sinusoid.
        period: Samples in a period of the sinusoid.
        samples: Vectors of each signal.
        level: V. The constant voltage.
    """

    lowest_cutoff: float = 0.05
    highest_cutoff: float = 0.4
    low: float = 0.1
    high: float = 0.3
    period: float = 16.0
    samples: int = 128
    level: float = 0.2

    def __post_init__(self) -> None:
        check_number("lowest_cutoff", self.lowest_cutoff, low=0.0, above=True)
        check_number("highest_cutoff", self.highest_cutoff, low=self.lowest_cutoff, high=0.5)
        check_number("period", self.period, low=2.0)
        check_number("samples", self.samples, low=1)
        check_number("high", self.high, low=self.low)
        for name in ("low", "high", "level"):
            if not math.isfinite(getattr(self, name)):
                raise argument_error(name, "be finite", f"is {getattr(self, name)}")

    def taps(self, rows: int, cols: int) -> Tensor:
        r"""Taps of the filters, each with its largest at 1: (rows, cols), 1.

        They are samples of an ideal low-pass filter's response under a Hamming window,

        .. math:: h_r = \frac{\sin(2 \pi f t)}{\pi t} \, w(t), \qquad t = r - \frac{n - 1}{2}

        with f the cutoff and n the number of rows (Oppenheim and Schafer, Discrete-Time Signal
        Processing, 3rd ed., 7.5). Of each only the magnitude is kept.

        Args:
            rows: Taps of a filter.
            cols: Number of filters.
        """
        time = torch.arange(rows, dtype=torch.float64) - (rows - 1) / 2
        cutoff = torch.linspace(self.lowest_cutoff, self.highest_cutoff, cols, dtype=torch.float64)
        window = torch.hamming_window(rows, periodic=False, dtype=torch.float64)
        response = 2 * cutoff * torch.sinc(2 * cutoff * time[:, None]) * window[:, None]
        return response.abs() / response.abs().amax(0)

    def sinusoid(self, rows: int) -> Tensor:
        """What drives the rows: (samples, rows), V.

        Args:
            rows: Taps of a filter.
        """
        newest = torch.arange(self.samples, dtype=torch.float64)
        sample = newest[:, None] - torch.arange(rows, dtype=torch.float64)
        middle, amplitude = (self.high + self.low) / 2, (self.high - self.low) / 2
        return middle + amplitude * torch.sin(2 * math.pi / self.period * sample)

    def constant(self, rows: int) -> Tensor:
        """The same voltage on every row, again and again: (samples, rows), V.

        Args:
            rows: Taps of a filter.
        """
        return torch.full((self.samples, rows), self.level, dtype=torch.float64)
