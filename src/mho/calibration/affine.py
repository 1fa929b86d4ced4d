"""A matrix and an offset: all that a linear array can need, from vectors of its own."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.core.check import check_number, check_shape

from .calibrator import Calibrator, ideal_currents
from .least_squares import solve
from .repair import Full, Repair


@dataclass(frozen=True, kw_only=True)
class Affine(Calibrator):
    r"""Maps currents by the matrix and the offset that fit known vectors of the array best.

    .. math:: \hat I = I + I D + b, \qquad
        \min_{D, b} \sum |\hat I - I_{ideal}|^2 + \rho \sum_k \langle I_k^2 \rangle |D_k|^2

    Fewer vectors than `cols + 1` leave the map open; the one that corrects least is taken.

    Args:
        ridge: Cost :math:`\rho` of correcting much, per vector.
        weight: (..., cols, cols), 1. What a vector's currents are multiplied by, once fitted.
        offset: (..., 1, cols), A. What is added, once fitted.
    """

    ridge: float = 0.0
    weight: Tensor | None = None
    offset: Tensor | None = None

    def __post_init__(self) -> None:
        check_number("ridge", self.ridge, low=0.0)

    @property
    def fitted(self) -> bool:
        return self.weight is not None

    @property
    def reads_cells(self) -> bool:
        return False

    def fit(self, current: Tensor, voltage: Tensor, conductance: Tensor) -> "Affine":
        ideal = ideal_currents(current, voltage, conductance).double()
        current = current.double()
        # The constant counts as much as a column, so that neither is spared by the ridge.
        constant = current.square().mean((-2, -1), keepdim=True).sqrt()
        constant = torch.where(constant > 0, constant, 1.0)
        features = torch.cat([current, constant.expand(*current.shape[:-1], 1)], -1)
        gram, moment = features.mT @ features, features.mT @ (ideal - current)
        change = solve(gram, moment, self.ridge)
        cols = current.shape[-1]
        identity = torch.eye(cols, dtype=change.dtype)
        return replace(
            self, weight=identity + change[..., :cols, :], offset=constant * change[..., cols:, :]
        )

    def _fold(self, conductance: Tensor) -> Repair:
        assert self.weight is not None
        assert self.offset is not None
        check_shape("conductance", conductance, "(..., rows, cols)", cols=self.weight.shape[-1])
        return Full(self.weight, self.offset)
