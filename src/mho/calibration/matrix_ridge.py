"""Linear in the currents and in all conductances: what a table of readings gives at once."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.core.check import check_conductance, check_number, check_shape

from .calibrator import Calibrator, ideal_currents
from .least_squares import solve
from .repair import Full, Repair

UNIT = 1e-4
"""S. Unit in which conductances enter."""


@dataclass(frozen=True, kw_only=True)
class MatrixRidge(Calibrator):
    r"""Corrects currents by a ridge regression on a constant, the currents and the conductances.

    .. math:: \hat I = I + b + I D + \operatorname{vec}(G) W

    Fitted over many arrays. Its matrix is the same for all arrays, only the offset depends on what
    was programmed: the currents and the conductances never meet in a product.

    Args:
        ridge: Cost of correcting much, relative to the mean squares of what is regressed on.
        weight: (cols, cols), 1. D plus the identity, once fitted.
        offset: (1 + rows * cols, cols), A. b, and W for conductances in units of 100 uS.
    """

    ridge: float = 1e-9
    weight: Tensor | None = None
    offset: Tensor | None = None

    def __post_init__(self) -> None:
        check_number("ridge", self.ridge, low=0.0)

    @property
    def fitted(self) -> bool:
        return self.weight is not None

    def fit(self, current: Tensor, voltage: Tensor, conductance: Tensor) -> "MatrixRidge":
        ideal = ideal_currents(current, voltage, conductance).double()
        current = current.double()
        matrix = _numbers(conductance)[..., None, :].expand(*current.shape[:-1], -1)
        features = torch.cat([current, matrix], -1).flatten(0, -2)
        missing = (ideal - current).flatten(0, -2)
        change = solve(features.mT @ features, features.mT @ missing, self.ridge)
        cols = current.shape[-1]
        identity = torch.eye(cols, dtype=change.dtype)
        return replace(self, weight=identity + change[:cols], offset=change[cols:])

    def _fold(self, conductance: Tensor) -> Repair:
        assert self.weight is not None
        assert self.offset is not None
        cols = self.weight.shape[-1]
        sizes = {"rows": (len(self.offset) - 1) // cols, "cols": cols}
        check_shape("conductance", conductance, "(..., rows, cols)", **sizes)
        return Full(self.weight, (_numbers(conductance) @ self.offset)[..., None, :])


def _numbers(conductance: Tensor) -> Tensor:
    """A constant and all conductances: (..., 1 + rows * cols), 1."""
    check_conductance(conductance)
    flat = conductance.double().flatten(-2) / UNIT
    return torch.cat([torch.ones_like(flat[..., :1]), flat], -1)
