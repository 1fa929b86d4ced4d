"""How unlike anything seen before: distances of vectors, arrays and matrices."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.calibration.column_statistics import statistics

PER_COLUMN = 12
"""Numbers that are known of each column."""
NEGLIGIBLE = 1e-6
"""Of a number's own size: smaller differences count as this one."""
LEAST = 1e-3
"""Least variance of a combination of the matrices' numbers, each of which varies by 1."""


@dataclass(frozen=True)
class Surprise:
    r"""Mahalanobis distances, and how large they were where all was well.

    With voltages of mean :math:`\mu` and standard deviation :math:`\tau` and an error of
    :math:`\sigma` left by the calibrator, currents I of an array that holds G have

    .. math:: d^2 = (I - \mu 1^T G)\, (\tau^2 G^T G + \operatorname{diag} \sigma^2)^{-1}
        (I - \mu 1^T G)^T

    The mean of n vectors of an array has the same with :math:`\tau^2 / n`, since
    what the calibrator leaves may be the same for all of them. A matrix is at a distance in the
    means and spreads of what is known of its columns.

    Args:
        mean: V. Of the voltages that were seen.
        deviation: V. Their standard deviation.
        middle: (24,). Means of the numbers of the matrices.
        extent: (24,). Their standard deviations.
        whitening: (24, 24), 1. Makes the scaled numbers alike and uncorrelated.
        lasting: 1. Variance of errors relative to sigma that all vectors of an array share.
        passing: 1. The rest of it.
        limits: (4,), 1. Distances of a vector, an array, a matrix and known errors beyond which is
            an alarm.
    """

    mean: float
    deviation: float
    middle: Tensor
    extent: Tensor
    whitening: Tensor
    lasting: float
    passing: float
    limits: Tensor

    @classmethod
    def fit(
        cls,
        current: Tensor,
        sigma: Tensor,
        voltage: Tensor,
        conductance: Tensor,
        *,
        false_alarms: float,
        group: int,
    ) -> "Surprise":
        """Distances and limits out of readings where all was well.

        Args:
            current: (..., vectors, cols), A. Corrected currents.
            sigma: (..., vectors, cols), A. Standard deviations of their errors.
            voltage: (..., vectors, rows), V. Voltages that drove the rows.
            conductance: (..., rows, cols), S. Conductances that were programmed.
            false_alarms: Share of the readings whose distances are beyond the limits.
            group: Vectors of an array that are judged together.
        """
        matrices = conductance.reshape(-1, *conductance.shape[-2:])
        # The limit is found on matrices that the whitening does not know.
        known, others = matrices[::2], matrices[1::2] if len(matrices) > 1 else matrices
        numbers = _numbers(known)
        middle, extent = numbers.mean(0), numbers.std(0, correction=0)
        extent = extent.clamp(min=NEGLIGIBLE * (1 + middle.abs()))
        whitening = _whitening((numbers - middle) / extent)
        group = min(group, current.shape[-2])
        whole = current.shape[-2] // group * group
        error = voltage @ conductance - current
        currents, sigmas, errors = (
            each[..., :whole, :].unflatten(-2, (-1, group)) for each in (current, sigma, error)
        )
        lasting, passing = _shared(errors / sigmas)
        first = cls(
            voltage.mean().item(),
            voltage.std(correction=0).item(),
            middle,
            extent,
            whitening,
            lasting,
            passing,
            torch.ones(4, dtype=torch.float64),
        )
        found = (
            first.of_vectors(current, sigma, conductance),
            first.of_array(currents, sigmas, conductance.unsqueeze(-3)),
            first.of_matrix(others),
            first.of_errors(errors, sigmas),
        )
        limits = torch.stack([_limit(each.flatten(), false_alarms) for each in found])
        return replace(first, limits=limits)

    def of_vectors(self, current: Tensor, sigma: Tensor, conductance: Tensor) -> Tensor:
        """Distances of vectors, 1 at the limit: (..., vectors), 1.

        Args:
            current: (..., vectors, cols), A. Corrected currents.
            sigma: (..., vectors, cols), A. Standard deviations of their errors.
            conductance: (..., rows, cols), S. Conductances that were programmed.
        """
        expected, root = self._expected(sigma, conductance, 1)
        return _lengths(current - expected, root) / self.limits[0]

    def of_array(self, current: Tensor, sigma: Tensor, conductance: Tensor) -> Tensor:
        """Distances of arrays by all of their vectors together, 1 at the limit: (...), 1.

        Args:
            current: (..., vectors, cols), A. Corrected currents.
            sigma: (..., vectors, cols), A. Standard deviations of their errors.
            conductance: (..., rows, cols), S. Conductances that were programmed.
        """
        expected, root = self._expected(sigma, conductance, current.shape[-2])
        mean = current.mean(-2, keepdim=True)
        return _lengths(mean - expected, root)[..., 0] / self.limits[1]

    def of_matrix(self, conductance: Tensor) -> Tensor:
        """Distances of what was programmed, 1 at the limit: (...), 1.

        Args:
            conductance: (..., rows, cols), S. Conductances that were programmed.
        """
        scaled = (_numbers(conductance) - self.middle) / self.extent
        distance: Tensor = torch.linalg.vector_norm(scaled @ self.whitening, dim=-1)
        return distance / self.limits[2]

    def of_errors(self, error: Tensor, sigma: Tensor) -> Tensor:
        """Distances of arrays by the mean errors of known vectors, 1 at the limit: (...), 1.

        Args:
            error: (..., vectors, cols), A. Ideal minus corrected currents.
            sigma: (..., vectors, cols), A. Standard deviations of the errors.
        """
        variance = self.lasting + self.passing / error.shape[-2]
        square = (error / sigma).mean(-2).square().mean(-1)
        distance: Tensor = (square / variance).sqrt() / self.limits[3]
        return distance

    def _expected(self, sigma: Tensor, conductance: Tensor, vectors: int) -> tuple[Tensor, Tensor]:
        """Mean of a vector's currents, and the Cholesky factor of their covariance."""
        conductance = conductance.double()
        expected = self.mean * conductance.sum(-2, keepdim=True)
        driven = self.deviation**2 / vectors * conductance.mT @ conductance
        left = sigma.square().mean(-2)
        # A column without current is as certain as others are.
        least = NEGLIGIBLE**2 * expected.square().mean(-1)
        left = torch.maximum(left, least.where(least > 0, 1.0))
        return expected, torch.linalg.cholesky(driven + torch.diag_embed(left))


def _numbers(conductance: Tensor) -> Tensor:
    """What a matrix is known by, mean and spread over its columns: (..., 24)."""
    known = statistics(conductance)
    return torch.cat([known.mean(-2), known.std(-2, correction=0)], -1)


def _whitening(scaled: Tensor) -> Tensor:
    correlation = scaled.mT @ scaled / len(scaled)
    value, vector = torch.linalg.eigh(correlation)
    whitening: Tensor = vector * value.clamp(min=LEAST).rsqrt()
    return whitening


def _lengths(residual: Tensor, root: Tensor) -> Tensor:
    white = torch.linalg.solve_triangular(root, residual.mT, upper=False)
    lengths: Tensor = torch.linalg.vector_norm(white, dim=-2)
    return lengths


def _shared(relative: Tensor) -> tuple[float, float]:
    """Variance of errors that the vectors of a group share, and the rest of it."""
    group = relative.shape[-2]
    whole = relative.square().mean().item()
    of_means = relative.mean(-2).square().mean().item()
    passing = max(whole - of_means, 0.0) * group / max(group - 1, 1)
    return max(whole - passing, NEGLIGIBLE), passing


def _limit(distance: Tensor, false_alarms: float) -> Tensor:
    """Distance that another one of the same kind exceeds that often, on average."""
    rank = math.ceil((1 - false_alarms) * (len(distance) + 1))
    limit = distance.sort().values[min(rank, len(distance)) - 1]
    # Where all readings are one and the same, distances are nothing but rounding.
    return limit.clamp(min=1.0)
