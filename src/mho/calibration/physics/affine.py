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

    def repair(self, known: Known, conductance: Tensor) -> Full:
        return self.estimate(known, conductance)[0]

    def estimate(self, known: Known, conductance: Tensor) -> tuple[Full, Tensor, Tensor]:
        """The repair, with covariance, (..., cols, cols), and mean, (..., 1, cols), of currents.

        Args:
            known: Array, noise and prior.
            conductance: (..., rows, cols), S. Conductances that were programmed.
        """
        rows, cols = conductance.shape[-2:]
        arrays = conductance.double().reshape(-1, rows, cols)
        simulated = Simulated.of(known, arrays, vectors=self.oversampling * (rows + 1))
        straight = Straight.of(simulated)
        mean, covariance = known.prior.moments(rows)
        weight = straight.gain(covariance, known.noise) @ arrays
        expected = (mean @ straight.slope)[..., None, :] + straight.offset
        offset = (mean @ arrays)[..., None, :] - expected @ weight
        noise = known.noise**2 * torch.eye(cols, dtype=weight.dtype)
        varying = straight.slope.mT @ covariance @ straight.slope + straight.bend + noise
        tensors = (weight, offset, varying, expected)
        weight, offset, varying, expected = (
            x.reshape(*conductance.shape[:-2], *x.shape[1:]) for x in tensors
        )
        return Full(weight, offset), varying, expected
