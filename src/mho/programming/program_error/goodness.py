"""How well a fitted error predicts outcomes that it has not seen, beside its rivals."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mho.core.check import check_number
from mho.core.random import generator

from .empirical import log_kernel_density
from .grid import Grid
from .outcomes import Outcomes
from .program_error import Origin, ProgramError
from .student import fit_gaussian, log_density

_KOLMOGOROV = 0.8687  # mean of Kolmogorov's distribution
_TAIL = 0.005


@dataclass(frozen=True)
class Goodness:
    """Held-out outcomes under distributions that were fitted to the other ones.

    Args:
        point: (outcomes,). Point of the grid that is nearest to the target.
        probability: (outcomes,). Of ending no higher, by Student's t: even between 0 and 1 if the
            fit is right.
        student: (outcomes,). Logarithm of the density under Student's t, over 1/S.
        gaussian: (outcomes,). The same under a Gaussian.
        empirical: (outcomes,). The same under a kernel density of the errors near the same point.
    """

    point: Tensor
    probability: Tensor
    student: Tensor
    gaussian: Tensor
    empirical: Tensor

    @property
    def gain(self) -> dict[str, float]:
        """Mean logarithm of the likelihood of an outcome over that under each rival."""
        rivals = {"gaussian": self.gaussian, "empirical": self.empirical}
        return {name: (self.student - rival).mean().item() for name, rival in rivals.items()}

    @property
    def distance(self) -> float:
        """Greatest distance of the distribution of all probabilities from an even one."""
        return _distance(self.probability)

    @property
    def chance(self) -> float:
        """What `distance` would be on average if the fit were right.

        Held-out outcomes that share a point with those of the fit come out somewhat nearer.
        """
        return float(_KOLMOGOROV / len(self.probability) ** 0.5)

    @property
    def beyond(self) -> tuple[float, float]:
        """Shares of outcomes in the lowest and in the highest half per cent of the fit.

        Both are 0.005 if the fit is right; both smaller for bounded errors, and unequal for skewed
        ones.
        """
        below, above = self.probability < _TAIL, self.probability > 1.0 - _TAIL
        return below.double().mean().item(), above.double().mean().item()

    def by_point(self) -> dict[str, Tensor]:
        """For each point of the grid with outcomes, its number, distance, chance and gains.

        The keys are `point`, `distance`, `chance`, `gaussian` and `empirical`, each (points,).
        """
        points = self.point.unique()
        groups = [self._where(self.point == point) for point in points]
        return {
            "point": points,
            "distance": torch.tensor([group.distance for group in groups]),
            "chance": torch.tensor([group.chance for group in groups]),
            "gaussian": torch.tensor([group.gain["gaussian"] for group in groups]),
            "empirical": torch.tensor([group.gain["empirical"] for group in groups]),
        }

    def pp(self, points: int = 200) -> tuple[Tensor, Tensor]:
        """Data of a P-P figure: predicted probabilities, and shares of outcomes within: (points,).

        Args:
            points: Probabilities, evenly spread.
        """
        predicted = torch.linspace(0, 1, points, dtype=torch.float64)
        within = torch.searchsorted(self.probability.sort().values, predicted, right=True)
        return predicted, within / len(self.probability)

    def __str__(self) -> str:
        gain, (below, above) = self.gain, self.beyond
        return (
            f"Goodness: {len(self.point)} held-out outcomes, probabilities off by at most"
            f" {self.distance:.2g} ({self.chance:.2g} by chance), nats per outcome"
            f" {gain['gaussian']:+.3f} over a Gaussian, {gain['empirical']:+.3f} over the errors"
            f" themselves, {100 * below:.2g} % and {100 * above:.2g} % in tails of 0.5 %"
        )

    def _where(self, mask: Tensor) -> "Goodness":
        return Goodness(*(value[mask] for value in vars(self).values()))


def held_out(outcomes: Outcomes, *, folds: int = 5, seed: int = 0) -> Goodness:
    """Every outcome under fits to the other folds.

    Args:
        outcomes: What came of targets.
        folds: Parts, of which one after the other is held out; a trial is in one of them.
        seed: Of the sorting into folds.
    """
    trials, trial = outcomes.trial.unique(return_inverse=True)
    check_number("folds", folds, low=2, high=len(trials))
    fold = (torch.randperm(len(trials), generator=generator(seed)) % folds)[trial]
    point = _nearest(outcomes.grid, outcomes.target)
    columns = [torch.empty_like(outcomes.target) for _ in range(4)]
    for number in range(folds):
        tried = fold == number
        found = _tried(outcomes.where(~tried), outcomes.where(tried))
        for column, values in zip(columns, found, strict=True):
            column[tried] = values
    return Goodness(point, *columns)


def _tried(known: Outcomes, tried: Outcomes) -> tuple[Tensor, ...]:
    nowhere = Origin(scheme="", device="", outcomes="")
    error = ProgramError.fit(known, origin=nowhere)
    mean_and_scale = _gaussian(known)
    normal, scale = mean_and_scale(tried)
    zero = np.zeros_like(normal)
    rival = log_density(normal, zero) - np.log(scale)
    return (
        error.probability(tried.target, tried.achieved),
        error.log_density(tried.target, tried.achieved),
        torch.from_numpy(rival),
        torch.from_numpy(_empirical(known, tried, mean_and_scale)),
    )


_Standard = Callable[[Outcomes], tuple[np.ndarray, np.ndarray]]


def _gaussian(known: Outcomes) -> _Standard:
    """What turns outcomes into errors over their standard deviation, and gives that deviation."""
    fit, grid = fit_gaussian(known), known.grid
    centres, scales = grid.points + torch.from_numpy(fit.location), torch.from_numpy(fit.scale)

    def standard(outcomes: Outcomes) -> tuple[np.ndarray, np.ndarray]:
        scale = grid.at(scales, outcomes.target)
        normal = (outcomes.achieved - grid.at(centres, outcomes.target)) / scale
        return normal.numpy(), scale.numpy()

    return standard


def _empirical(known: Outcomes, tried: Outcomes, standard: _Standard) -> np.ndarray:
    """Densities by the standardised errors of the outcomes that share the nearest point."""
    (carriers, _), (asked, scale) = standard(known), standard(tried)
    here, there = (_nearest(o.grid, o.target).numpy() for o in (known, tried))
    density = np.empty_like(asked)
    for point in np.unique(there):
        own = there == point
        density[own] = log_kernel_density(carriers[here == point], asked[own])
    return density - np.log(scale)


def _nearest(grid: Grid, target: Tensor) -> Tensor:
    left, right, share = grid.neighbours(target)
    return torch.where(share < 0.5, left, right)


def _distance(probability: Tensor) -> float:
    ordered = probability.sort().values
    steps = torch.arange(len(ordered) + 1, dtype=torch.float64) / len(ordered)
    return torch.maximum(steps[1:] - ordered, ordered - steps[:-1]).max().item()
