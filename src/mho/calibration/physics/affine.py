"""The best affine map from measured to ideal currents, for an array that is known."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.calibration.repair import Full
from mho.core.check import check_number

from .inverse import Inverse, Known, Simulated, Straight


class LinearEstimate(Inverse, ABC):
    r"""The linear-Gaussian estimate of the ideal currents, :math:`V G`.

    .. math:: \hat I = \bar v G + (I - \bar v B - a) \, W, \qquad
        W = (B^T \Sigma B + Q + \sigma^2)^{-1} B^T \Sigma G

    Subclasses say which map B of the voltages, which offset a and which bend Q the currents have;
    the voltages have mean and covariance of the prior. It costs cols x cols multiplications for a
    vector.
    """

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
        straight = self._straight(known, actual)
        mean, covariance = known.prior.moments(rows)
        weight = straight.gain(covariance, known.noise, doubt) @ ideal
        expected = (mean @ straight.slope)[..., None, :] + straight.offset
        offset = (mean @ ideal)[..., None, :] - expected @ weight
        varying = straight.slope.mT @ covariance @ straight.slope + straight.bend
        varying = varying + torch.diag_embed(doubt + known.noise**2)
        tensors = (weight, offset, varying, expected)
        weight, offset, varying, expected = (x.reshape(*batch, *x.shape[1:]) for x in tensors)
        return Full(weight, offset), varying, expected

    @abstractmethod
    def _straight(self, known: Known, actual: Tensor) -> Straight:
        """Currents of arrays as they follow their voltages.

        Args:
            known: Array, noise and prior.
            actual: (arrays, rows, cols), S. What the cells hold.
        """


@dataclass(frozen=True, kw_only=True)
class AffineInverse(LinearEstimate):
    """The estimate with the map of vectors that are simulated on the array, bend and all.

    Args:
        oversampling: Simulated vectors for each number of a column's map.
    """

    oversampling: int = 8

    def __post_init__(self) -> None:
        check_number("oversampling", self.oversampling, low=2)

    def _straight(self, known: Known, actual: Tensor) -> Straight:
        vectors = self.oversampling * (actual.shape[-2] + 1)
        return Straight.of(Simulated.of(known, actual, vectors=vectors))


@dataclass(frozen=True, kw_only=True)
class OhmicInverse(LinearEstimate):
    """The estimate with the matrix that wires and cells make of the conductances.

    It is exact where all cells are ohmic, and simulates no vectors: tiles of hundreds of rows take
    a second. Other cells are taken by their slope at 0 V, and how they bend counts as nothing.
    """

    def _straight(self, known: Known, actual: Tensor) -> Straight:
        slope = known.array.effective_conductance(actual)
        arrays, _, cols = slope.shape
        nothing = slope.new_zeros(arrays, 1, cols)
        return Straight(slope, nothing, slope.new_zeros(arrays, cols, cols))
