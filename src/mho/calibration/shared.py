"""One fit for many arrays, of a calibrator that is otherwise fitted to one."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .affine import Affine
from .calibrator import Calibrator, ideal_currents
from .column_gain import ColumnGain
from .gain import Gain
from .repair import Repair


@dataclass(frozen=True, kw_only=True)
class Shared(Calibrator):
    """Fits a calibrator to the vectors of all arrays together, for arrays that are yet to come.

    Args:
        calibrator: What is fitted. It sees currents alone, and so corrects all arrays alike.
    """

    calibrator: Gain | ColumnGain | Affine

    @property
    def fitted(self) -> bool:
        return self.calibrator.fitted

    @property
    def reads_cells(self) -> bool:
        return False

    def fit(self, current: Tensor, voltage: Tensor, conductance: Tensor) -> "Shared":
        cols = current.shape[-1]
        ideal = ideal_currents(current, voltage, conductance).reshape(-1, cols)
        # Ideal currents are what they would be as voltages on cells of 1 S along a diagonal.
        one = torch.eye(cols, dtype=ideal.dtype)
        fitted = self.calibrator.fit(current.reshape(-1, cols), ideal, one)
        return replace(self, calibrator=fitted)

    def _fold(self, conductance: Tensor) -> Repair:
        return self.calibrator.fold(conductance)
