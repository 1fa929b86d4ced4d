"""At which targets an error is described, and what holds between them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core.check import argument_error, check_finite, check_range, check_shape


@dataclass(frozen=True, kw_only=True)
class Grid(ABC):
    """Targets at which the parameters of an error are known, and the way to any other target.

    Everything is a line on each of several pieces of the targets, also what the cells are sent to,
    since that is the grid's own points at a target: `at(points, target)`.

    Args:
        points: (points,), S. Rising.
    """

    points: Tensor

    def __post_init__(self) -> None:
        check_shape("points", self.points, "(points)")
        check_finite("points", self.points)
        check_range("points", self.points, 0.0, torch.inf, unit="S")
        if len(self.points) < 1 or (self.points.diff() <= 0).any():
            raise argument_error("points", "hold rising conductances", f"are {self.points}")

    @abstractmethod
    def neighbours(self, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Points on either side of each target, and how far it is on its way between them, 0 to 1.

        Args:
            target: (...), S. Conductances wanted; beyond the ends the end counts.
        """

    @abstractmethod
    def edges(self) -> Tensor:
        """Targets at which one piece ends and the next begins: (pieces - 1,), S."""

    @abstractmethod
    def lines(self, value: Tensor) -> Tensor:
        """Value at a target of zero, and slope, on each piece: (pieces, 2).

        Args:
            value: (points,), 1. Anything that is known at the points, in its unit.
        """

    def at(self, value: Tensor, target: Tensor) -> Tensor:
        """Values at targets: (...).

        Args:
            value: (points,), 1. Anything that is known at the points, in its unit.
            target: (...), S. Conductances wanted.
        """
        left, right, share = self.neighbours(target)
        return value[left] + share * (value[right] - value[left])


@dataclass(frozen=True, kw_only=True)
class LevelGrid(Grid):
    """Levels: a target is rounded to the nearest of them, each with parameters of its own."""

    def neighbours(self, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        nearest = torch.bucketize(target.contiguous(), self.edges(), right=True)
        return nearest, nearest, torch.zeros_like(target)

    def edges(self) -> Tensor:
        return 0.5 * (self.points[1:] + self.points[:-1])

    def lines(self, value: Tensor) -> Tensor:
        return torch.stack([value, torch.zeros_like(value)], 1)


@dataclass(frozen=True, kw_only=True)
class KnotGrid(Grid):
    """Knots: any target can be asked for, and parameters change linearly from knot to knot."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.points) < 2:
            raise argument_error("points", "hold at least two knots", "hold one")

    @classmethod
    def over(cls, low: float, high: float, *, knots: int = 9) -> "KnotGrid":
        """Evenly spread knots.

        Args:
            low: S. Lowest knot.
            high: S. Highest knot.
            knots: Number of knots.
        """
        return cls(points=torch.linspace(low, high, knots, dtype=torch.float64))

    def neighbours(self, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        left = torch.bucketize(target.contiguous(), self.edges(), right=True)
        low, high = self.points[left], self.points[left + 1]
        return left, left + 1, ((target - low) / (high - low)).clamp(0.0, 1.0)

    def edges(self) -> Tensor:
        return self.points[1:-1]

    def lines(self, value: Tensor) -> Tensor:
        slope = value.diff() / self.points.diff()
        return torch.stack([value[:-1] - slope * self.points[:-1], slope], 1)
