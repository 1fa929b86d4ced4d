"""Levels out of a sweep: which pulses, taken as one, lead from each level to the next."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core.check import check_number, check_shape


@dataclass(frozen=True)
class Levels:
    """Evenly spaced levels, and the reads of each sweep that come nearest to them.

    Args:
        target: (n,), 1. Levels wanted, from 0 to 1 in the order in which a sweep passes them.
        achieved: (sweeps, n), 1. The nearest read of each sweep.
        index: (sweeps, n). Which read that is.
    """

    target: Tensor
    achieved: Tensor
    index: Tensor

    @property
    def group(self) -> Tensor:
        """Pulses from each level to the next: (sweeps, n - 1)."""
        return self.index.diff(dim=1)

    @property
    def unoccupied(self) -> Tensor:
        """Levels without a read of their own, which share that of the level before: (sweeps,)."""
        return (self.group == 0).sum(1)

    @property
    def overshoot(self) -> Tensor:
        """Error of each level but the last, in levels along the sweep: (sweeps, n - 1).

        At 0 a level is met, at 1 the next one is met instead.
        """
        ahead = self.target.diff()
        return (self.achieved - self.target)[:, :-1] / ahead

    def skipped(self, share: float = 0.8) -> Tensor:
        """Levels that tend to be skipped: (n - 1,), bool.

        Args:
            share: Cumulative probability at which the error must exceed one level.
        """
        check_number("share", share, low=0.0, high=1.0)
        return torch.quantile(self.overshoot, share, dim=0) > 1.0


def segment(value: Tensor, n: int) -> Levels:
    """Split sweeps into levels that are as even as their reads allow.

    Each sweep is scaled to between 0 and 1 by its least and its largest read. A level takes the
    read that is nearest, the first one if two are; the pulses between the reads of two levels are
    what leads from the one to the other.

    Args:
        value: (sweeps, reads), 1. The quantity that is to be linear after every
            pulse; NaN after the end of a sweep.
        n: Levels.
    """
    check_shape("value", value, "(sweeps, reads)")
    check_number("n", n, low=2)
    least = torch.where(value.isnan(), torch.inf, value).amin(1, keepdim=True)
    most = torch.where(value.isnan(), -torch.inf, value).amax(1, keepdim=True)
    share = (value - least) / (most - least)
    falls = bool(share[:, 0].mean() > 0.5)
    ends = (1.0, 0.0) if falls else (0.0, 1.0)
    target = torch.linspace(*ends, n, dtype=torch.float64)
    index = torch.stack([_nearest(row, target) for row in share])
    return Levels(target, share.gather(1, index), index)


def _nearest(share: Tensor, target: Tensor) -> Tensor:
    distance = (share - target[:, None]).abs()
    return torch.where(distance.isnan(), torch.inf, distance).argmin(1)
