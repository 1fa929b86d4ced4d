"""The nearest repair of fewer multiplications."""

import torch
from torch import Tensor

from mho.core.check import argument_error

from .repair import Diagonal, Full, LowRank, Repair

SWEEPS = 60
"""Times that gains and sums are fitted to what the other leaves."""


def cut(whole: Full, covariance: Tensor, mean: Tensor, multiplications: int) -> Repair:
    """The repair of so many multiplications that differs least from a matrix.

    Args:
        whole: What is cut.
        covariance: (..., cols, cols), A. Covariance of the currents, A^2.
        mean: (..., 1, cols), A. Mean of the currents.
        multiplications: At least one for each column; a matrix that is cheap enough is left whole.
    """
    if whole.multiplications <= multiplications:
        return whole
    weight, cols = whole.weight.double(), whole.weight.shape[-1]
    if multiplications < cols:
        must = f"be at least the number of columns, {cols}"
        raise argument_error("multiplications", must, f"is {multiplications}")
    sums = (multiplications - cols) // (2 * cols)
    gain, left, right = _nearest(weight, covariance, sums)
    offset = whole.offset + mean @ (weight - torch.diag_embed(gain) - left @ right)
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
