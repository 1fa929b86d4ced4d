"""The best affine map from measured to ideal currents, for an array that is known."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mho.calibration.repair import Full
from mho.core.check import check_number

from .inverse import Inverse, Known, Simulated, Straight


@dataclass(frozen=True, kw_only=True)
class AffineInverse(Inverse):
    r"""The linear-Gaussian estimate of the ideal currents, :math:`V G`.

    .. math:: \hat I = \bar v G + (I - \bar v B - a) \, W, \qquad
        W = (B^T \Sigma B + Q + \sigma^2)^{-1} B^T \Sigma G

    The map B, its offset a and the bend Q that it leaves are those of vectors that are simulated
    on the array; the voltages have mean and covariance of the prior. It costs cols x cols
    multiplications for a vector.

    Args:
        oversampling: Simulated vectors for each number of a column's map.
    """

    oversampling: int = 8

    def __post_init__(self) -> None:
        check_number("oversampling", self.oversampling, low=2)

    def _repair(
        self, known: Known, ideal: Tensor, actual: Tensor, doubt: Tensor, batch: list[int]
    ) -> Full:
        return self.estimate(known, ideal, actual, doubt, batch)[0]

    def estimate(
        self, known: Known, ideal: Tensor, actual: Tensor, doubt: Tensor, batch: list[int]
    ) -> tuple[Full, Tensor, Tensor]:
        """The repair; covariance, (..., cols, cols), A^2, and mean, (..., 1, cols), A, of currents.

        Args:
            known: Array, noise and prior.
            ideal: (arrays, rows, cols), S. What voltages are meant to be multiplied by.
            actual: (arrays, rows, cols), S. What the cells hold.
            doubt: (arrays, cols), A. Variance of currents for what is not known of the cells, A^2.
            batch: Batch axes.
        """
        rows = ideal.shape[-2]
        simulated = Simulated.of(known, actual, vectors=self.oversampling * (rows + 1))
        straight = Straight.of(simulated)
        mean, covariance = known.prior.moments(rows)
        weight = straight.gain(covariance, known.noise, doubt) @ ideal
        expected = (mean @ straight.slope)[..., None, :] + straight.offset
        offset = (mean @ ideal)[..., None, :] - expected @ weight
        varying = straight.slope.mT @ covariance @ straight.slope + straight.bend
        varying = varying + torch.diag_embed(doubt + known.noise**2)
        tensors = (weight, offset, varying, expected)
        weight, offset, varying, expected = (x.reshape(*batch, *x.shape[1:]) for x in tensors)
        return Full(weight, offset), varying, expected
