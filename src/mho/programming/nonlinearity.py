"""How far a sequence of levels is from a straight line: a fitted curvature, and a mean distance."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from .segmentation import Levels

_SMALL = 1e-4  # curvature below which the series is more exact than the quotient
_ITERATIONS = 30


class Indexing(ABC):
    """Which abscissa the levels of a sweep have."""

    @abstractmethod
    def share(self, n: int) -> Tensor:
        """Share of the pulse events at each level: (n,), 1.

        Args:
            n: Levels.
        """

    @abstractmethod
    def events(self, n: int) -> int:
        """Pulse events from end to end.

        Args:
            n: Levels.
        """


@dataclass(frozen=True)
class FromOne(Indexing):
    """Levels numbered from 1 to n, over n events, as published.

    The line that they are compared to starts one event before the first level. So even a perfect
    staircase has a curvature of 5 / n^2 and a mean distance of 1 / 2n.
    """

    def share(self, n: int) -> Tensor:
        return torch.arange(1, n + 1, dtype=torch.float64) / n

    def events(self, n: int) -> int:
        return n


@dataclass(frozen=True)
class FromZero(Indexing):
    """Levels numbered from 0 to n - 1, over n - 1 events: a perfect staircase is straight."""

    def share(self, n: int) -> Tensor:
        return torch.arange(n, dtype=torch.float64) / (n - 1)

    def events(self, n: int) -> int:
        return n - 1


def nonlinearity(levels: Levels, indexing: Indexing) -> Tensor:
    r"""Nonlinearity coefficient of each sweep by least squares: (sweeps,), 1.

    .. math:: \frac{R_p - r_{min}}{r_{max} - r_{min}} =
        \frac{1 - e^{\nu_p (n_i - n)}}{1 - e^{-\nu_p n}}, \qquad
        \frac{R_d - r_{min}}{r_{max} - r_{min}} =
        \frac{1 - e^{\nu_d n_i}}{1 - e^{\nu_d n}}

    for sweeps that fall and sweeps that rise (Nanoscale Horiz. 10 (2025) 780, eqs. (2) and (3)).
    With the share s of the way to the top the first is f(s; nu n) and the second f(s; -nu n).

    Args:
        levels: Levels of the sweeps.
        indexing: Which events the levels stand for.
    """
    n = len(levels.target)
    falls = bool(levels.target[0] > levels.target[-1])
    share = 1.0 - indexing.share(n) if falls else indexing.share(n)
    curvature = levels.achieved.new_zeros(len(levels.achieved), 1)
    for _ in range(_ITERATIONS):
        slope = (_curve(share, curvature + 1e-3) - _curve(share, curvature - 1e-3)) / 2e-3
        rest = levels.achieved - _curve(share, curvature)
        change = (slope * rest).sum(1, keepdim=True) / slope.square().sum(1, keepdim=True)
        curvature = curvature + change.clamp(-1.0, 1.0)
    return (curvature if falls else -curvature)[:, 0] / indexing.events(n)


def nonlinearity_factor(levels: Levels, indexing: Indexing) -> Tensor:
    """Mean distance of the levels of each sweep from the straight line: (sweeps,), 1.

    Args:
        levels: Levels of the sweeps.
        indexing: Which events the levels stand for.
    """
    share = indexing.share(len(levels.target))
    line = 1.0 - share if levels.target[0] > levels.target[-1] else share
    return (levels.achieved - line).abs().mean(1)


def _curve(share: Tensor, curvature: Tensor) -> Tensor:
    """(1 - e^(-us)) / (1 - e^(-u)), with its limit s at u = 0."""
    small = curvature.abs() < _SMALL
    u = torch.where(small, 1.0, curvature)
    quotient = torch.expm1(-u * share) / torch.expm1(-u)
    return torch.where(small, share + curvature * share * (1.0 - share) / 2.0, quotient)
