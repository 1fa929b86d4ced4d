"""One gain per column: the smallest repair that knows where the wires are long."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.core.check import argument_error

from .calibrator import Calibrator, check_currents


@dataclass(frozen=True, kw_only=True)
class ColumnGain(Calibrator):
    """Multiplies each column's current by the gain that fits known vectors best.

    It costs one multiplication per column and vector, and after folding into the next scale none.

    Args:
        gain: (..., 1, cols). Gain of each column; `fit` finds it by least squares.
    """

    gain: Tensor | None = None

    def fit(self, current: Tensor, ideal: Tensor, conductance: Tensor) -> "ColumnGain":
        check_currents(current, ideal)
        power = current.square().sum(-2, keepdim=True)
        gain = (current * ideal).sum(-2, keepdim=True) / power
        # A column that carried no current has nothing to correct.
        return replace(self, gain=torch.where(power > 0, gain, 1.0))

    def __call__(self, current: Tensor, conductance: Tensor) -> Tensor:
        if self.gain is None:
            raise argument_error("gain", "be known", "is not", "Call `fit(...)` first.")
        return current * self.gain
