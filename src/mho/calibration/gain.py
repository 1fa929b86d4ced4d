"""One gain for a whole array: the least that any calibration has to beat."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .calibrator import Calibrator, ideal_currents
from .repair import Diagonal, Repair


@dataclass(frozen=True, kw_only=True)
class Gain(Calibrator):
    """Multiplies all currents of an array by the gain that fits known vectors of it best.

    Args:
        gain: (..., 1, 1), 1. Gain of each array; `fit` finds it by least squares.
    """

    gain: Tensor | None = None

    @property
    def fitted(self) -> bool:
        return self.gain is not None

    @property
    def reads_cells(self) -> bool:
        return False

    def fit(self, current: Tensor, voltage: Tensor, conductance: Tensor) -> "Gain":
        ideal = ideal_currents(current, voltage, conductance)
        power = current.square().sum((-2, -1), keepdim=True)
        gain = (current * ideal).sum((-2, -1), keepdim=True) / power
        # An array that carried no current has nothing to correct.
        return replace(self, gain=torch.where(power > 0, gain, 1.0))

    def _fold(self, conductance: Tensor) -> Repair:
        assert self.gain is not None
        gain = self.gain.expand(*self.gain.shape[:-1], conductance.shape[-1])
        return Diagonal(gain, torch.zeros_like(gain))
