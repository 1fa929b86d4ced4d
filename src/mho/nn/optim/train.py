"""How many steps a gradient asks for."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core.check import check_number
from mho.core.random import kernel_key
from mho.nn.layer import Layer

from .moves import Moves, Search


class Counts(ABC):
    """Counts steps for one layer."""

    @abstractmethod
    def moves(self, gradient: Tensor, per_step: Tensor) -> Moves:
        """Which weights move, and by how many steps.

        Args:
            gradient: (weights,), 1. Gradient with respect to the weights.
            per_step: (weights or 1,), 1. Steps for a unit of the gradient, with their sign.
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
class Nearest(Train):
    """The nearest whole number of steps: what asks for less than half a step is lost.

    Args:
        most: Steps of one update, at most.
    """

    most: int = 31

    def __post_init__(self) -> None:
        check_number("most", self.most, low=1)

    def of(self, layer: Layer, source: torch.Generator) -> Counts:
        return _Counts(self.most, Search(layer.weight.numel()), None)


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
        return _Counts(self.most, Search(layer.weight.numel()), source)


@dataclass(frozen=True)
class _Counts(Counts):
    most: int
    search: Search
    source: torch.Generator | None

    def moves(self, gradient: Tensor, per_step: Tensor) -> Moves:
        from .kernel import round_moves

        key = 0 if self.source is None else kernel_key(self.source)
        return self.search.moves(round_moves, gradient, per_step, self.most, key)
