"""Student's t by maximum likelihood, at all points of a grid at once, with bounded tails.

Its degrees of freedom are written as their inverse, 0 for a Gaussian: that is finite and smooth at
the Gaussian end, and it is what is interpolated between the points.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import torch

from mho.core.check import argument_error

from .grid import Grid
from .outcomes import Outcomes

FREEDOM = (1.5, 100.0)
"""Bounds of the degrees of freedom: errors of even spread alone would drive them to infinity, and
a few equal ones to nothing."""

_FREEDOMS = np.geomspace(*FREEDOM, 15)[::-1]
_LEAST = 5.0  # outcomes at a point, or three parameters mean nothing
_ROUNDS, _LAST_ROUNDS = 8, 25  # each starts where the one before ended
_SHARPEST = 1e-3  # of the standard deviation: equal outcomes would draw a scale to nothing
_FINEST = 1e-9  # of the target


@dataclass(frozen=True)
class Student:
    """Parameters of Student's t at the points of a grid, each (points,).

    Args:
        location: S. Centre of the error.
        scale: S. Its scale.
        inverse: One over the degrees of freedom, 0 for a Gaussian.
    """

    location: np.ndarray
    scale: np.ndarray
    inverse: np.ndarray


def log_density(normal: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    """Logarithm of the standard density.

    Args:
        normal: (...). Errors less their location, over their scale.
        inverse: (...). One over the degrees of freedom, 0 for a Gaussian.
    """
    from scipy.special import gammaln

    gaussian = inverse < 1e-8
    freedom = 1.0 / np.where(gaussian, 1.0, inverse)
    volume = gammaln(0.5 * freedom + 0.5) - gammaln(0.5 * freedom) - 0.5 * np.log(freedom * math.pi)
    tail = -(0.5 * freedom + 0.5) * np.log1p(normal * normal / freedom)
    bell = -0.5 * normal * normal - 0.5 * math.log(2.0 * math.pi)
    return np.asarray(np.where(gaussian, bell, volume + tail))


def fit_gaussian(outcomes: Outcomes) -> Student:
    """Mean and standard deviation at every point.

    Args:
        outcomes: What came of the targets.
    """
    hats = _Hats.of(outcomes)
    return hats.settled(hats.start(), _LAST_ROUNDS)


def fit_student(outcomes: Outcomes) -> Student:
    """Location, scale and degrees of freedom at every point.

    The degrees of freedom are searched over their whole range, so that no hill beside the highest
    one holds the search.

    Args:
        outcomes: What came of the targets.
    """
    hats = _Hats.of(outcomes)
    fit, heights = hats.start(), []
    for freedom in _FREEDOMS:
        inverse = np.full_like(fit.inverse, 1.0 / freedom)
        fit = hats.settled(replace(fit, inverse=inverse), _ROUNDS)
        heights.append(hats.likelihood(fit))
    freedom = np.exp(_summit(np.log(_FREEDOMS), np.stack(heights)))
    # From the Gaussian on, as the last scale of the search is that of the heaviest tails.
    return hats.settled(replace(hats.start(), inverse=1.0 / freedom), _LAST_ROUNDS)


@dataclass(frozen=True)
class _Hats:
    """Outcomes as seen by the points: each counts for its two neighbours, by its nearness."""

    grid: Grid
    error: np.ndarray
    left: np.ndarray
    right: np.ndarray
    share: np.ndarray
    finest: float

    @classmethod
    def of(cls, outcomes: Outcomes) -> "_Hats":
        grid, target = outcomes.grid, outcomes.target
        wanted = grid.at(grid.points, target)
        error = (outcomes.achieved - wanted).numpy()
        left, right, share = (part.numpy() for part in grid.neighbours(target))
        hats = cls(grid, error, left, right, share, _FINEST * float(grid.points[-1]))
        few = hats.sums(np.ones_like(error)) < _LEAST
        if few.any():
            first = float(grid.points[torch.from_numpy(few)][0])
            but = f"{int(few.sum())} of {len(few)} have fewer, the first at {first:.6g} S"
            must = f"hold at least {_LEAST:g} outcomes at each point of the grid"
            raise argument_error("outcomes", must, but, "Repeat the job, or use fewer points.")
        return hats

    def sums(self, value: np.ndarray) -> np.ndarray:
        """Sum at each point."""
        points = len(self.grid.points)
        below = np.bincount(self.left, (1.0 - self.share) * value, points)
        return np.asarray(below + np.bincount(self.right, self.share * value, points))

    def at(self, value: np.ndarray) -> np.ndarray:
        """Values of the points at the outcomes."""
        return np.asarray(value[self.left] + self.share * (value[self.right] - value[self.left]))

    def solve(self, weight: np.ndarray, value: np.ndarray) -> np.ndarray:
        """Weighted least squares: what to give the points for these values at the outcomes."""
        from scipy.linalg import solveh_banded

        points = len(self.grid.points)
        own = np.bincount(self.left, (1.0 - self.share) ** 2 * weight, points)
        own += np.bincount(self.right, self.share**2 * weight, points)
        next_one = np.bincount(self.left, self.share * (1.0 - self.share) * weight, points)
        band = np.stack([own, next_one])
        return np.asarray(solveh_banded(band, self.sums(weight * value), lower=True))

    def start(self) -> Student:
        location = self.solve(np.ones_like(self.error), self.error)
        square = (self.error - self.at(location)) ** 2
        deviation = np.sqrt(self.sums(square) / self.sums(np.ones_like(square)))
        scale = np.maximum(deviation, self.finest)
        return Student(location, scale, np.zeros_like(scale))

    def settled(self, fit: Student, rounds: int) -> Student:
        """Location and scale for given degrees of freedom, by least squares and by scoring."""
        inverse, location, scale = self.at(fit.inverse), fit.location, fit.scale
        least = _SHARPEST * self.start().scale
        for _ in range(rounds):
            spread = self.at(scale)
            square = ((self.error - self.at(location)) / spread) ** 2
            weight = (1.0 + inverse) / (1.0 + inverse * square)
            location = self.solve(weight / spread**2, self.error)
            square = ((self.error - self.at(location)) / spread) ** 2
            excess = (1.0 + inverse) * square / (1.0 + inverse * square) - 1.0
            information = 2.0 / (1.0 + 3.0 * inverse) / spread**2
            step = self.solve(information, excess * spread * 0.5 * (1.0 + 3.0 * inverse))
            scale = np.maximum(np.clip(scale + step, 0.5 * scale, 2.0 * scale), least)
        return Student(location, scale, fit.inverse)

    def likelihood(self, fit: Student) -> np.ndarray:
        """Logarithm of the likelihood at each point."""
        spread = self.at(fit.scale)
        normal = (self.error - self.at(fit.location)) / spread
        return self.sums(log_density(normal, self.at(fit.inverse)) - np.log(spread))


def _summit(x: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """Where each column of heights is highest, by the parabola through the best three."""
    best = heights.argmax(0)
    middle = np.clip(best, 1, len(x) - 2)
    column = np.arange(heights.shape[1])
    low, high, next_one = (heights[middle + k, column] for k in (-1, 0, 1))
    bend = low - 2.0 * high + next_one
    shift = 0.5 * (low - next_one) / np.where(bend < 0.0, bend, -np.inf)
    vertex = x[middle] + (x[1] - x[0]) * np.clip(shift, -1.0, 1.0)
    return np.asarray(np.where(bend < 0.0, vertex, x[best]))
