"""The best affine map from measured to ideal currents, for an array that is known."""

from dataclasses import dataclass

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
        rows, cols = conductance.shape[-2:]
        arrays = conductance.double().reshape(-1, rows, cols)
        simulated = Simulated.of(known, arrays, vectors=self.oversampling * (rows + 1))
        straight = Straight.of(simulated)
        mean, covariance = known.prior.moments(rows)
        weight = straight.gain(covariance, known.noise) @ arrays
        expected = (mean @ straight.slope)[..., None, :] + straight.offset
        offset = (mean @ arrays)[..., None, :] - expected @ weight
        batch = conductance.shape[:-2]
        return Full(weight.reshape(*batch, cols, cols), offset.reshape(*batch, 1, cols))
