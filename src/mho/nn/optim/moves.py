"""Which weights move, and by how many steps."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Moves:
    """Weights that move, and their steps; those left out stay.

    Args:
        weights: (moves,). Numbers of the weights in int32.
        steps: (moves,). Steps up, or down if negative, in int32.
    """

    weights: Tensor
    steps: Tensor

    @classmethod
    def all_by(cls, weights: int, steps: int) -> "Moves":
        """The same steps for all weights.

        Args:
            weights: How many there are.
            steps: Steps of each.
        """
        each = torch.full((weights,), steps, dtype=torch.int32)
        return cls(torch.arange(weights, dtype=torch.int32), each)


class Search:
    """Lists the weights that move, in memory that is taken once.

    Args:
        weights: How many there are.
    """

    def __init__(self, weights: int) -> None:
        self._weights = torch.empty(weights, dtype=torch.int32)
        self._steps = torch.empty(weights, dtype=torch.int32)

    def moves(self, kernel: Any, gradient: Tensor, per_step: Tensor, *rest: Any) -> Moves:
        """Moves that a compiled search lists; they hold until the next search.

        Args:
            kernel: Takes the gradient, the steps, the rest and two arrays to fill, and answers how
                many weights move.
            gradient: (weights,), 1. Gradient with respect to the weights.
            per_step: (weights or 1,), 1. Steps for a unit of the gradient, with their sign.
            *rest: What else the search takes.
        """
        given = gradient.numpy(), per_step.numpy(), *rest
        moved = kernel(*given, self._weights.numpy(), self._steps.numpy())
        return Moves(self._weights[:moved], self._steps[:moved])
