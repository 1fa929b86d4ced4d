"""Cells that stand for a sum of gradients instead of weights."""

import torch
from torch import Tensor

from .places import Places
from .pulse_steps import PulseSteps


class FastArray:
    """Cells that take gradients; what they hold without any is not zero, and a `Zero` tells it.

    Once away from where pulses up and down move them alike, later pulses draw them back: they
    forget old gradients.

    Args:
        places: Of the weights; the array is made as theirs is.
        pulses: How the cells are moved.
        source: Of the cells' spread and their noise.
    """

    def __init__(self, places: Places, pulses: PulseSteps, source: torch.Generator) -> None:
        shape, device = tuple(places.cells.shape), pulses.device
        middle = torch.full(shape, 0.5 * (device.g_min + device.g_max))
        self._sign = torch.tensor(places.sign, dtype=torch.float32)
        self.cells = pulses.cells(places.sign, middle, source)

    def read(self, weights: Tensor) -> Tensor:
        """What the array holds, in its steps: (n,).

        Args:
            weights: (n,). Numbers of the weights.
        """
        return self.cells.held(weights) @ self._sign / (self.cells.step * len(self._sign))
