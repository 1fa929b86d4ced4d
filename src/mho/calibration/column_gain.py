"""One gain per column: the smallest repair that knows where the wires are long."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.core.check import check_shape

from .calibrator import Calibrator, ideal_currents
from .repair import Diagonal, Repair


@dataclass(frozen=True, kw_only=True)
class ColumnGain(Calibrator):
    """Multiplies each column's current by the gain that fits known vectors of the array best.

    It costs one multiplication per column and vector, and after folding into the next scale none.

    Args:
        gain: (..., 1, cols), 1. Gain of each column; `fit` finds it by least squares.
    """

    gain: Tensor | None = None

    @property
    def fitted(self) -> bool:
        return self.gain is not None

    @property
    def reads_cells(self) -> bool:
        return False

    def fit(self, current: Tensor, voltage: Tensor, conductance: Tensor) -> "ColumnGain":
        ideal = ideal_currents(current, voltage, conductance)
        power = current.square().sum(-2, keepdim=True)
        gain = (current * ideal).sum(-2, keepdim=True) / power
        # A column that carried no current has nothing to correct.
        return replace(self, gain=torch.where(power > 0, gain, 1.0))

    def _fold(self, conductance: Tensor) -> Repair:
        assert self.gain is not None
        check_shape("conductance", conductance, "(..., rows, cols)", cols=self.gain.shape[-1])
        return Diagonal(self.gain, torch.zeros_like(self.gain))
