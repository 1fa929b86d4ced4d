"""Any calibrator for the multiplications that one can afford."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.core.check import argument_error, check_number

from .calibrator import Calibrator
from .cut import cut
from .least_squares import solve
from .repair import Full, Repair

FAR = 0.3
"""Share of the conductances by which no array's matrix differs from them."""


@dataclass(frozen=True, kw_only=True)
class WithinBudget(Calibrator):
    r"""Replaces the matrix that a calibrator folds into by the best one of fewer multiplications.

    From W it goes to a diagonal, or to a diagonal and a matrix of low rank, whatever is nearest in
    currents as they come:

    .. math:: \min_{W'} \operatorname{tr}\, (W - W')^T C (W - W'), \qquad
        C = \sigma_V^2 A^T A + \sigma_I^2

    with C the covariance of the currents of this very array, for voltages that vary by
    :math:`\sigma_V` and independently. A, with :math:`A W = G`, is the matrix that the array
    multiplies by if the calibrator is right, or G where W does not tell it.
    :math:`\sigma_I` is what measured currents have beyond any map of their voltages, such as noise.
    The offset takes up the mean of what is left out. Diagonal and low rank are fitted in turns,
    which may end in a local optimum. A physics calibrator knows C better: `CutInverse`.

    Args:
        calibrator: What is folded.
        multiplications: Digital multiplications that a vector may cost, one per column at least.
        mean: V. Mean of the voltages that were seen, once fitted.
        deviation: V. Standard deviation of the voltages that were seen, once fitted.
        disturbance: A. Root mean square of what currents have beyond a map of the voltages, once
            fitted.
    """

    calibrator: Calibrator
    multiplications: int
    mean: float | None = None
    deviation: float | None = None
    disturbance: float = 0.0

    def __post_init__(self) -> None:
        check_number("multiplications", self.multiplications, low=1)

    @property
    def fitted(self) -> bool:
        return self.calibrator.fitted and self.mean is not None

    @property
    def reads_cells(self) -> bool:
        return self.calibrator.reads_cells

    def fit(self, current: Tensor, voltage: Tensor, conductance: Tensor) -> "WithinBudget":
        calibrator = self.calibrator.fit(current, voltage, conductance)
        mean, deviation = voltage.mean().item(), voltage.std(correction=0).item()
        return replace(
            self,
            calibrator=calibrator,
            mean=mean,
            deviation=deviation,
            disturbance=_disturbance(current, voltage),
        )

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
        array = _array(whole.weight.double(), conductance)
        # Voltages that never vary tell which currents are large, and nothing else.
        root = (self.deviation or self.mean or 1.0) * array
        noise = self.disturbance**2 * torch.eye(array.shape[-1], dtype=array.dtype)
        mean = self.mean * array.sum(-2, keepdim=True)
        return cut(whole, root.mT @ root + noise, mean, self.multiplications)


def _disturbance(current: Tensor, voltage: Tensor) -> float:
    """Root mean square of what currents have beyond any affine map of the voltages, A."""
    vectors, rows = voltage.shape[-2:]
    if vectors <= rows + 1:
        return 0.0  # a map explains so few vectors, whatever they are
    inputs = voltage.double() - voltage.double().mean(-2, keepdim=True)
    outputs = current.double() - current.double().mean(-2, keepdim=True)
    explained = inputs @ solve(inputs.mT @ inputs, inputs.mT @ outputs)
    freedom = (vectors - rows - 1) / vectors
    return float((outputs - explained).square().mean().div(freedom).sqrt())


def _array(weight: Tensor, conductance: Tensor) -> Tensor:
    """Matrix that an array multiplies by, if a weight repairs it: (..., rows, cols), S."""
    # Near-singular matrices make W large where currents are small: G in place of A would weigh
    # that wrongly. But singular ones, and weights that spare noise, do not tell A.
    array = conductance @ torch.linalg.pinv(weight)
    norm = {"dim": (-2, -1), "keepdim": True}
    off = torch.linalg.matrix_norm(array - conductance, **norm)
    told = off < FAR * torch.linalg.matrix_norm(conductance, **norm)
    return torch.where(told, array, conductance)
