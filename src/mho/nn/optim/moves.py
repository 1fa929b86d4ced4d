"""Which weights move, and by how many steps."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Moves:
    """Weights that move, and their steps; those left out stay.

    Args:
        weights: (moves,). Numbers of the weights in int64.
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
        return cls(torch.arange(weights), torch.full((weights,), steps, dtype=torch.int32))

    @classmethod
    def found(cls, kernel: Any, gradient: Tensor, per_step: Tensor, *rest: Any) -> "Moves":
        """Moves that a compiled search lists.

        Args:
            kernel: Takes the gradient, the steps, the rest and two arrays to fill, and answers how
                many weights move.
            gradient: (weights,), 1. Gradient with respect to the weights.
            per_step: (weights,) or (1,), 1. Steps for a unit of the gradient, with their sign.
            *rest: What else the search takes.
        """
        weights = torch.empty(len(gradient) + 1, dtype=torch.int64)  # one more is written to
        steps = torch.empty(len(gradient) + 1, dtype=torch.int32)
        given = gradient.numpy(), per_step.numpy(), *rest
        moved = kernel(*given, weights.numpy(), steps.numpy())
        return cls(weights[:moved], steps[:moved])
