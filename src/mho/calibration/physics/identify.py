r"""The parameters of an array out of its readings, by gradient through its circuit.

Parameters are identified by the logarithm of their ratio to a guess, :math:`\xi`, as the most
likely ones under Gaussian noise and a Gaussian prior around the guess:

.. math:: \min_\xi \; \frac{1}{2 \sigma^2} \sum_n \left(I_n - F_n(\xi)\right)^2
    + \frac{1}{2 s^2} \sum_k \xi_k^2

The noise :math:`\sigma` is what the best parameters leave. Combinations that the readings do not
tell apart stay at the guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core import Array
from mho.core.random import generator


@dataclass(frozen=True)
class Identified:
    """An array that explains readings.

    Args:
        array: With the parameters that explain them best.
        noise: A. Root mean square of what it leaves unexplained.
        uncertainty: Standard deviation of the logarithm of each parameter, by name.
    """

    array: Array
    noise: float
    uncertainty: dict[str, float]


@dataclass(frozen=True)
class Readings:
    """Single vectors, each read on an array of its own.

    Args:
        conductance: (readings, rows, cols), S. Conductances that were programmed.
        voltage: (readings, 1, rows), V. Voltages driving the rows.
        current: (readings, 1, cols), A. Measured currents.
    """

    conductance: Tensor
    voltage: Tensor
    current: Tensor

    @classmethod
    def sample(
        cls, current: Tensor, voltage: Tensor, conductance: Tensor, *, count: int
    ) -> "Readings":
        """Some of all vectors, the same ones at every call.

        Args:
            current: (..., vectors, cols), A. Measured currents.
            voltage: (..., vectors, rows), V. Voltages driving the rows.
            conductance: (..., rows, cols), S. Conductances that were programmed.
            count: How many.
        """
        *batch, vectors, cols = current.shape
        rows = conductance.shape[-2]
        arrays = conductance.expand(*batch, rows, cols).reshape(-1, rows, cols)
        driven = voltage.expand(*batch, vectors, rows).reshape(-1, 1, rows)
        total = len(driven)
        chosen = torch.randperm(total, generator=generator(total))[:count]
        parts = arrays[chosen // vectors], driven[chosen], current.reshape(-1, 1, cols)[chosen]
        return cls(*(part.double() for part in parts))


def identify(
    array: Array, parameters: Sequence[str], readings: Sequence[Readings], *, spread: float = 1.0
) -> Identified:
    """The array with the most likely parameters, by the method of Gauss and Newton.

    Args:
        array: Guess, with every parameter to identify above zero.
        parameters: Names of those to identify.
        readings: What was read, for each size of arrays.
        spread: Standard deviation of the logarithm of a parameter over its guess.
    """
    guess = torch.tensor([array.parameters[name] for name in parameters], dtype=torch.float64)
    currents = torch.cat([part.current.flatten() for part in readings])
    scale = currents.square().mean().sqrt().clamp_min(1e-30)
    x = torch.zeros_like(guess)
    found = _at(array, parameters, guess)
    residual, slopes = _misfit(found, parameters, readings)
    for _ in range(_STEPS):
        variance = _variance(residual, scale)
        step = _step(residual, slopes, x, variance=variance, spread=spread)
        share = 1.0
        before = _objective(residual, x, variance, spread)
        while True:
            trial = x + share * step
            tried = _at(array, parameters, guess * trial.exp())
            after, slopes_there = _misfit(tried, parameters, readings)
            better = _objective(after, trial, variance, spread) <= before
            if better or share < _LEAST_SHARE:
                break
            share /= 2
        if not better:
            break
        x, found, residual, slopes = trial, tried, after, slopes_there
        if (share * step.abs() < _SETTLED * _deviation(slopes, variance, spread)).all():
            break
    deviation = _deviation(slopes, _variance(residual, scale), spread).tolist()
    noise = float(residual.square().mean().sqrt())
    return Identified(found, noise, dict(zip(parameters, deviation, strict=True)))


def misread(array: Array, readings: Sequence[Readings]) -> float:
    """Root mean square of what an array leaves of the readings, A.

    Args:
        array: With its parameters.
        readings: What was read, for each size of arrays.
    """
    with torch.no_grad():
        left = [
            (part.current - array.read(part.conductance, part.voltage).current).flatten()
            for part in readings
        ]
    return float(torch.cat(left).square().mean().sqrt())


def _at(array: Array, parameters: Sequence[str], values: Tensor) -> Array:
    return array.with_parameters(dict(zip(parameters, values.tolist(), strict=True)))


def _misfit(
    array: Array, parameters: Sequence[str], readings: Sequence[Readings]
) -> tuple[Tensor, Tensor]:
    """What is left of the currents, (n,), and their slopes in the logarithms, (parameters, n)."""
    residuals, slopes = [], []
    for part in readings:
        current, slope = array.sensitivity(part.conductance, part.voltage, parameters)
        residuals.append((part.current - current).flatten())
        slopes.append(slope.flatten(1))
    values = torch.tensor([array.parameters[name] for name in parameters], dtype=torch.float64)
    return torch.cat(residuals), torch.cat(slopes, 1) * values[:, None]


def _step(
    residual: Tensor, slopes: Tensor, x: Tensor, *, variance: Tensor, spread: float
) -> Tensor:
    gradient = slopes @ residual / variance - x / spread**2
    step: Tensor = torch.linalg.solve(_precision(slopes, variance, spread), gradient)
    return step * (_LONGEST / step.abs().max().clamp_min(_LONGEST))


def _variance(residual: Tensor, scale: Tensor) -> Tensor:
    return residual.square().mean().clamp_min((_LEAST_NOISE * scale) ** 2)


def _deviation(slopes: Tensor, variance: Tensor, spread: float) -> Tensor:
    """Standard deviations of the logarithms, given the readings: (parameters,)."""
    covariance: Tensor = torch.linalg.inv(_precision(slopes, variance, spread))
    return covariance.diagonal().sqrt()


def _precision(slopes: Tensor, variance: Tensor, spread: float) -> Tensor:
    return slopes @ slopes.T / variance + torch.eye(len(slopes), dtype=slopes.dtype) / spread**2


def _objective(residual: Tensor, x: Tensor, variance: Tensor, spread: float) -> Tensor:
    return residual.square().sum() / variance + x.square().sum() / spread**2


# Steps of the method; some eight are usual.
_STEPS = 50
# Of the logarithms: a step too small to matter, in standard deviations, and the longest to trust.
_SETTLED, _LONGEST = 1e-2, 2.0
# A step is halved until it helps.
_LEAST_SHARE = 1e-3
# Of the currents, relative: what rounding would leave to explain.
_LEAST_NOISE = 1e-8
