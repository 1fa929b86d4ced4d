"""Any calibrator for the multiplications that one can afford."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.core.check import argument_error, check_number

from .calibrator import Calibrator
from .repair import Diagonal, Full, LowRank, Repair

SWEEPS = 60
"""Times that gains and sums are fitted to what the other leaves."""


@dataclass(frozen=True, kw_only=True)
class WithinBudget(Calibrator):
    r"""Replaces the matrix that a calibrator folds into by the best one of fewer multiplications.

    From W it goes to a diagonal, or to a diagonal and a matrix of low rank, whatever is nearest in
    currents as they come:

    .. math:: \min_{W'} \operatorname{tr}\, (W - W')^T C (W - W'), \qquad
        C = \sigma_V^2 A^T A, \qquad A W = G

    with C the covariance of the currents of this very array, for voltages that vary by
    :math:`\sigma_V` and independently; A is the matrix that the array multiplies by if the
    calibrator is right. The offset takes up the mean of what is left out. Diagonal and low rank
    are fitted in turns, which may end in a local optimum.

    Args:
        calibrator: What is folded.
        multiplications: Digital multiplications that a vector may cost, one per column at least.
        mean: V. Mean of the voltages that were seen, once fitted.
        deviation: V. Standard deviation of the voltages that were seen, once fitted.
    """

    calibrator: Calibrator
    multiplications: int
    mean: float | None = None
    deviation: float | None = None

    def __post_init__(self) -> None:
        check_number("multiplications", self.multiplications, low=1)

    @property
    def fitted(self) -> bool:
        return self.calibrator.fitted and self.mean is not None

    def fit(self, current: Tensor, voltage: Tensor, conductance: Tensor) -> "WithinBudget":
        calibrator = self.calibrator.fit(current, voltage, conductance)
        mean, deviation = voltage.mean().item(), voltage.std(correction=0).item()
        return replace(self, calibrator=calibrator, mean=mean, deviation=deviation)

    def _fold(self, conductance: Tensor) -> Repair:
        whole = self.calibrator.fold(conductance)
        if whole.multiplications <= self.multiplications:
            return whole
        if not isinstance(whole, Full):
            but = f"folds into one of {type(whole).__name__}"
            raise argument_error("calibrator", "fold into a matrix, `Full`, to be cut", but)
        return self._cut(whole, conductance.double())

    def _cut(self, whole: Full, conductance: Tensor) -> Repair:
        assert self.mean is not None
        assert self.deviation is not None
        weight, cols = whole.weight.double(), conductance.shape[-1]
        if self.multiplications < cols:
            must = f"be at least the number of columns, {cols}"
            raise argument_error("multiplications", must, f"is {self.multiplications}")
        # Near-singular matrices make W large where currents are small: G in place of A would
        # weigh that wrongly.
        array = conductance @ torch.linalg.pinv(weight)
        # Voltages that never vary tell which currents are large, and nothing else.
        root = (self.deviation or self.mean or 1.0) * array
        sums = (self.multiplications - cols) // (2 * cols)
        gain, left, right = _nearest(weight, root.mT @ root, sums)
        cut = torch.diag_embed(gain) + left @ right
        mean = self.mean * array.sum(-2, keepdim=True)
        offset = whole.offset + mean @ (weight - cut)
        row = gain[..., None, :]
        return LowRank(row, left, right, offset) if sums else Diagonal(row, offset)


def _nearest(weight: Tensor, covariance: Tensor, sums: int) -> tuple[Tensor, Tensor, Tensor]:
    """Gains (..., cols) and factors (..., cols, sums), (..., sums, cols) near a matrix."""
    power = covariance.diagonal(dim1=-2, dim2=-1)
    low_rank = torch.zeros_like(weight)
    for _ in range(SWEEPS if sums else 1):
        rest = weight - low_rank
        pulled = (covariance @ rest).diagonal(dim1=-2, dim2=-1)
        own = rest.diagonal(dim1=-2, dim2=-1)
        gain = torch.where(power > 0, pulled / torch.where(power > 0, power, 1.0), own)
        rest = weight - torch.diag_embed(gain)
        # The largest of what the gains leave; eigenvalues rise.
        right = torch.linalg.eigh(rest.mT @ covariance @ rest)[1][..., weight.shape[-1] - sums :]
        left = rest @ right
        low_rank = left @ right.mT
    return gain, left, right.mT
