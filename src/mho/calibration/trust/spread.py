"""How far off corrected currents are expected to be, current by current."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mho.calibration.column_statistics import statistics

STEPS = 50
"""Steps of Fisher scoring at most; a few are enough."""
LEVELS = 1001
"""Quantiles that are kept, evenly from 0 to 1."""
NEGLIGIBLE = 1e-9
"""Of the root mean square current: smaller errors count as this one, so that none is certain."""


@dataclass(frozen=True)
class Spread:
    r"""Standard deviation of the error of a corrected current, and the shape of its distribution.

    The variance is log-linear in twelve numbers of the column's conductances and four of the
    vector's currents, by maximum likelihood under Gaussian noise,

    .. math:: \log \sigma^2 = \beta^T x, \qquad
        \min_\beta \sum \left(e^2 \exp(-\beta^T x) + \beta^T x\right)

    The quantiles are those of :math:`e / \sigma` as they were found, Gaussian or not.

    Args:
        weight: (17,), 1. Beta, the constant first.
        middle: (16,). Means of the numbers over the readings.
        extent: (16,). Their standard deviations.
        lowest: (16,). The lowest that each was; what is beyond counts as that.
        highest: (16,). The highest that each was.
        quantiles: (levels,), 1. Of errors relative to sigma, from the lowest to the highest.
        unit: A. Unit of sigma.
    """

    weight: Tensor
    middle: Tensor
    extent: Tensor
    lowest: Tensor
    highest: Tensor
    quantiles: Tensor
    unit: float

    @classmethod
    def fit(cls, error: Tensor, current: Tensor, conductance: Tensor) -> "Spread":
        """The spread of errors that are known.

        Args:
            error: (..., vectors, cols), A. Ideal minus corrected currents.
            current: (..., vectors, cols), A. Corrected currents.
            conductance: (..., rows, cols), S. Conductances that were programmed.
        """
        unit = current.square().mean().sqrt().item() or 1.0
        numbers = _numbers(current, conductance).flatten(0, -2)
        middle, extent = numbers.mean(0), numbers.std(0, correction=0)
        extent = torch.where(extent > NEGLIGIBLE * middle.abs(), extent, 1.0)
        inputs = _with_constant((numbers - middle) / extent)
        error = (error / unit).flatten()
        weight = _most_likely(inputs, error.square().clamp(min=NEGLIGIBLE**2))
        relative = error * torch.exp(-inputs @ weight / 2)
        levels = torch.linspace(0, 1, LEVELS, dtype=relative.dtype)
        quantiles = torch.quantile(relative, levels)
        lowest, highest = numbers.amin(0), numbers.amax(0)
        return cls(weight, middle, extent, lowest, highest, quantiles, unit)

    def sigma(self, current: Tensor, conductance: Tensor) -> Tensor:
        """Standard deviations to expect: (..., vectors, cols), A.

        Args:
            current: (..., vectors, cols), A. Corrected currents.
            conductance: (..., rows, cols), S. Conductances that were programmed.
        """
        # A variance that rises exponentially beyond all that was seen would hide what is strange.
        numbers = _numbers(current, conductance).clamp(self.lowest, self.highest)
        inputs = _with_constant((numbers - self.middle) / self.extent)
        return self.unit * torch.exp(inputs @ self.weight / 2)

    def interval(self, share: float) -> tuple[float, float]:
        """Bounds between which errors are, relative to sigma.

        Args:
            share: Of the errors that the bounds hold, evenly from both sides.
        """
        levels = torch.tensor([(1 - share) / 2, (1 + share) / 2], dtype=self.quantiles.dtype)
        low, high = torch.quantile(self.quantiles, levels).tolist()
        return low, high


def _numbers(current: Tensor, conductance: Tensor) -> Tensor:
    """What the spread depends on: (..., vectors, cols, 16)."""
    total = conductance.double().sum(-2, keepdim=True)
    # The voltage that the rows would have if it were the same for all.
    own = torch.where(total > 0, current / torch.where(total > 0, total, 1.0), 0.0)
    beside = (own - own.mean(-1, keepdim=True)).abs()
    column = statistics(conductance)[..., None, :, :].expand(*current.shape, -1)
    return torch.cat([column, torch.stack([current.abs(), own, own.square(), beside], -1)], -1)


def _with_constant(numbers: Tensor) -> Tensor:
    return torch.cat([torch.ones_like(numbers[..., :1]), numbers], -1)


def _most_likely(inputs: Tensor, square: Tensor) -> Tensor:
    """Weights of the log variance; the problem is convex."""
    weight = torch.zeros_like(inputs[0])
    weight[0] = square.mean().log()
    ridge = 1e-3 * torch.eye(len(weight), dtype=inputs.dtype)
    for _ in range(STEPS):
        ratio = square * torch.exp(-inputs @ weight)
        slope = inputs.mT @ (1 - ratio) / len(inputs)
        # The expected curvature: never less than it should be where errors are small.
        curvature = inputs.mT @ inputs / len(inputs) + ridge
        step = torch.linalg.solve(curvature, slope)
        weight = weight - step.clamp(-1, 1)
        if step.abs().max() < 1e-6:
            break
    return weight
