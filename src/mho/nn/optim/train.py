"""How many steps a gradient asks for."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core.check import check_number
from mho.core.random import kernel_key
from mho.nn.layer import Layer


class Counts(ABC):
    """Counts steps for one layer."""

    @abstractmethod
    def count(self, gradient: Tensor, per_step: Tensor) -> Tensor:
        """Steps of each weight: (weights,), int32.

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

    def count(self, gradient: Tensor, per_step: Tensor) -> Tensor:
        return (gradient * per_step).round_().clamp_(-self.most, self.most).int()


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

    def count(self, gradient: Tensor, per_step: Tensor) -> Tensor:
        from .kernel import round_counts

        count = torch.empty(len(gradient), dtype=torch.int32)
        key = kernel_key(self.source)
        round_counts(gradient.numpy(), per_step.numpy(), self.most, key, count.numpy())
        return count
