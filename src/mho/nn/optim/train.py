"""How many steps a gradient asks for."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core.check import check_number
from mho.core.random import kernel_key
from mho.nn.layer import Layer

from .moves import Moves


class Counts(ABC):
    """Counts steps for one layer."""

    @abstractmethod
    def moves(self, gradient: Tensor, per_step: Tensor) -> Moves:
        """Which weights move, and by how many steps.

        Args:
            gradient: (weights,), 1. Gradient with respect to the weights.
            per_step: (weights,) or (1,), 1. Steps for a unit of the gradient, with their sign.
        """


class Train(ABC):
    """Turns what an update asks for into whole numbers of steps. Subclasses are settings."""

    @abstractmethod
    def of(self, layer: Layer, source: torch.Generator) -> Counts:
        """Counts for a layer.

        Args:
            layer: The layer.
            source: Of random numbers.
        """


@dataclass(frozen=True, kw_only=True)
class Nearest(Train, Counts):
    """The nearest whole number of steps: what asks for less than half a step is lost.

    Args:
        most: Steps of one update, at most.
    """

    most: int = 31

    def __post_init__(self) -> None:
        check_number("most", self.most, low=1)

    def of(self, layer: Layer, source: torch.Generator) -> Counts:
        return self

    def moves(self, gradient: Tensor, per_step: Tensor) -> Moves:
        from .kernel import round_moves

        return Moves.found(round_moves, gradient, per_step, self.most, 0)


@dataclass(frozen=True, kw_only=True)
class Rounded(Train):
    """Rounded up or down at random, so that it is right on average.

    Args:
        most: Steps of one update, at most.
    """

    most: int = 31

    def __post_init__(self) -> None:
        check_number("most", self.most, low=1)

    def of(self, layer: Layer, source: torch.Generator) -> Counts:
        return _RoundedCounts(self.most, source)


@dataclass(frozen=True)
class _RoundedCounts(Counts):
    most: int
    source: torch.Generator

    def moves(self, gradient: Tensor, per_step: Tensor) -> Moves:
        from .kernel import round_moves

        key = kernel_key(self.source)
        return Moves.found(round_moves, gradient, per_step, self.most, key)
