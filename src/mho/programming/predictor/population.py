"""How the cells of a population deviate from what a predictor says, and what that tells of one."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

MEMORIES = (10.0, 20.0, 50.0, 100.0, 1000.0)
"""Numbers of pulses, one of which is found to be how long a deviation lasts."""


@dataclass(frozen=True)
class Deviations:
    """Logarithms of pulse times that were sent, over those predicted for where they led.

    Args:
        value: (pulses, ..., rows, cols), 1. Deviation of each pulse, zero where it is not known.
        upwards: (pulses, ..., rows, cols), bool. Pulses towards `g_max`.
        known: (pulses, ..., rows, cols), bool. Pulses that led the right way and far enough.
    """

    value: Tensor
    upwards: Tensor
    known: Tensor

    @property
    def weight(self) -> Tensor:
        """1 for each known pulse in its direction: (pulses, ..., rows, cols, 2)."""
        return torch.stack([self.upwards, ~self.upwards], -1).double() * self.known[..., None]


@dataclass(frozen=True)
class Population:
    r"""Deviations of cells, by direction: the mean of all, their spread, and noise on each pulse.

    With SET and RESET as the components of :math:`z`, a cell has :math:`z \sim N(\mu, \Sigma)` and
    a pulse of direction :math:`d` deviates by :math:`z_d + \epsilon`, :math:`\epsilon \sim
    N(0, \sigma_d^2)`. A pulse that is :math:`a` pulses old counts :math:`e^{-a / m}`, since a cell
    changes.

    Args:
        mean: SET and RESET deviation of the average cell.
        spread: Covariance of the cells' deviations, two rows of two.
        noise: Variance of a single pulse in each direction.
        memory: Pulses for which a deviation lasts.
    """

    mean: tuple[float, float]
    spread: tuple[tuple[float, float], tuple[float, float]]
    noise: tuple[float, float]
    memory: float

    @classmethod
    def fit(cls, deviations: Deviations) -> "Population":
        """The population that some cells are from, with the memory that foresees them best.

        Args:
            deviations: Of many cells.
        """
        fits = [cls._moments(deviations, memory) for memory in MEMORIES]
        return min(fits, key=lambda fit: fit.surprise(deviations))

    def excess(self, deviations: Deviations) -> Tensor:
        """By how much cells deviate more than the average one: (..., rows, cols, 2).

        Args:
            deviations: Of the cells so far.
        """
        zero = torch.zeros(*deviations.value.shape[1:], 2, dtype=torch.float64)
        *_, latest = zero, *self._course(deviations)
        return latest

    def surprise(self, deviations: Deviations) -> float:
        """Mean square of what a pulse deviates from what the pulses before it tell.

        Args:
            deviations: Of many cells.
        """
        mean = torch.tensor(self.mean, dtype=torch.float64)
        told = torch.stack([torch.zeros_like(deviations.weight[0]), *self._course(deviations)])
        error = deviations.value[..., None] - mean - told[:-1]
        weight = deviations.weight
        return float((weight * error.square()).sum() / weight.sum())

    def _course(self, deviations: Deviations) -> Iterator[Tensor]:
        """Excess after each pulse: (..., rows, cols, 2)."""
        mean, noise = (torch.tensor(x, dtype=torch.float64) for x in (self.mean, self.noise))
        inverse = torch.linalg.inv(torch.tensor(self.spread, dtype=torch.float64))
        keep = torch.exp(torch.tensor(-1.0 / self.memory, dtype=torch.float64))
        seen = torch.zeros_like(deviations.weight[0])
        total = seen
        for value, weight in zip(deviations.value, deviations.weight, strict=True):
            seen = keep * seen + weight / noise
            total = keep * total + weight / noise * (value[..., None] - mean)
            yield torch.linalg.solve(inverse + torch.diag_embed(seen), total)

    @classmethod
    def _moments(cls, deviations: Deviations, memory: float) -> "Population":
        """Mean, spread and noise out of cell means over stretches as long as the memory."""
        size = max(2, min(round(2 * memory), len(deviations.value)))
        pieces = deviations.value.split(size), deviations.weight.split(size)
        count = torch.stack([w.sum(0) for w in pieces[1]]).flatten(0, -2)
        both = zip(*pieces, strict=True)
        total = torch.stack([(v[..., None] * w).sum(0) for v, w in both]).flatten(0, -2)
        weight = deviations.weight.flatten(0, -2)
        value = deviations.value.flatten()[:, None]
        mean = total.sum(0) / count.sum(0).clamp(min=1.0)
        averages = total / count.clamp(min=1.0)
        enough = count >= _ENOUGH
        within = (weight * value.square()).sum(0) - (count * averages.square()).sum(0)
        noise = (within / (count - 1).clamp(min=0.0).sum(0).clamp(min=1.0)).clamp(min=_TINY)
        apart = (averages - mean) * enough
        pairs = enough[:, :, None] & enough[:, None, :]
        product = (apart[:, :, None] * apart[:, None, :]).sum(0)
        spread = product / pairs.sum(0).clamp(min=1)
        luck = torch.where(enough, noise / count.clamp(min=1.0), 0.0).sum(0)
        spread = spread - torch.diag(luck / enough.sum(0).clamp(min=1))
        values, vectors = torch.linalg.eigh(spread)  # a difference may be negative by chance
        spread = vectors @ torch.diag(values.clamp(min=_TINY)) @ vectors.T
        rows = spread.tolist()
        return cls(
            mean=(mean[0].item(), mean[1].item()),
            spread=((rows[0][0], rows[0][1]), (rows[1][0], rows[1][1])),
            noise=(noise[0].item(), noise[1].item()),
            memory=memory,
        )


_ENOUGH = 3  # pulses of a direction, for a mean of them to say something of the spread
_TINY = 1e-6
