"""A fast array takes the gradients, a slow one the weights, and a digital filter is in between."""

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from mho.core.check import check_number

from .moves import Moves
from .places import Places
from .pulse_steps import PulseSteps
from .stepping import Stepping
from .steps import Steps
from .train import Rounded


class FastAndSlow(Stepping, ABC):
    """Pulses on a fast array, read column by column into digital sums that move the weights.

    Args:
        model: Converted model; its cells start from what they hold.
        lr: Learning rate of the fast array.
        steps: How the cells of the weights are moved.
        fast: How those of the fast array are moved.
        columns: Inputs of each layer whose column of the fast array is read after an update.
        gain: Steps of the weights for each step of its own that the fast array is read to be off.
        turns: Pulses up and down before the fast array counts as at zero.
        seed: Of the cells' spread and of all that is random in an update.
    """

    def __init__(
        self,
        model: nn.Module,
        lr: float,
        *,
        steps: Steps,
        fast: PulseSteps,
        columns: int,
        gain: float,
        turns: int,
        seed: int,
    ) -> None:
        check_number("columns", columns, low=1)
        check_number("gain", gain, low=0.0, above=True)
        check_number("turns", turns, low=0)
        super().__init__(model, lr, steps=steps, seed=seed)
        self.columns, self.gain = columns, gain
        self._counts = [Rounded().of(layer, self._source) for layer in self.layers]
        self._fast = [FastArray(s.places, fast, turns, self._source) for s in self.steps]
        for layer, array in zip(self.layers, self._fast, strict=True):
            sums = torch.zeros(layer.weight.numel(), dtype=layer.weight.dtype)
            self.state[layer.weight].update(sum=sums, column=0, **array.state)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        for layer, array in zip(self.layers, self._fast, strict=True):
            array.restore(self.state[layer.weight])

    @abstractmethod
    def _driven(self, number: int, gradient: Tensor) -> Tensor:
        """What the fast array takes of a gradient: (outputs, inputs), 1.

        Args:
            number: Number of the layer.
            gradient: (outputs, inputs), 1. Gradient with respect to its weights.
        """

    @abstractmethod
    def _told(self, number: int, columns: Tensor, read: Tensor) -> Tensor:
        """What readings of the fast array tell of its sum of gradients: (outputs, n), steps.

        Args:
            number: Number of the layer.
            columns: (n,). Inputs whose columns were read.
            read: (outputs, n), steps. How far off they were read to be.
        """

    def _update(self, number: int, gradient: Tensor, lr: float) -> None:
        layer, steps, fast = self.layers[number], self.steps[number], self._fast[number]
        state, inputs = self.state[layer.weight], layer.weight[0].numel()
        driven = self._driven(number, gradient.view(-1, inputs)).flatten()
        fast.cells.pulse(self._counts[number].moves(driven, -lr / steps.size))
        several = torch.arange(min(self.columns, inputs), dtype=torch.int32)
        column = (state["column"] + several) % inputs
        state["column"] = (state["column"] + self.columns) % inputs
        outputs = torch.arange(len(layer.weight), dtype=torch.int32)
        cells = (outputs[:, None] * inputs + column).flatten()
        told = self._told(number, column, fast.read(cells).view(-1, len(column)))
        sums = state["sum"][cells] + self.gain * told.flatten()
        state["sum"][cells] = sums.frac()
        whole = sums.trunc().int()
        moved = whole.nonzero().flatten()
        steps.move(Moves(cells[moved], whole[moved]))


class FastArray:
    """Cells that stand for a sum of gradients instead of weights.

    Pulses up and down in turn bring them to where both move them alike; what they hold there counts
    as zero. Once away from it, later pulses draw them back: they forget old gradients.

    Args:
        places: Of the weights; the array is made as theirs is.
        pulses: How the cells are moved.
        turns: Pulses up and down at first.
        source: Of the cells' spread and their noise.
    """

    def __init__(
        self, places: Places, pulses: PulseSteps, turns: int, source: torch.Generator
    ) -> None:
        shape, device = tuple(places.cells.shape), pulses.device
        middle = torch.full(shape, 0.5 * (device.g_min + device.g_max))
        self._sign = torch.tensor(places.sign, dtype=torch.float32)
        self.cells = pulses.cells(places.sign, middle, source)
        up, down = (Moves.all_by(len(middle), steps) for steps in (1, -1))
        for _ in range(turns):
            self.cells.pulse(up)
            self.cells.pulse(down)
        self._zero = self.cells.held(up.weights) @ self._sign

    @property
    def state(self) -> dict[str, Tensor]:
        """What a checkpoint has to hold."""
        own = {f"fast_{name}": value for name, value in self.cells.state.items()}
        return own | {"fast_zero": self._zero}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Take over what `state` was.

        Args:
            state: Tensors by name.
        """
        self.cells.restore({name: state[f"fast_{name}"] for name in self.cells.state})
        self._zero = state["fast_zero"]

    def read(self, weights: Tensor) -> Tensor:
        """How far the array is from zero, in its steps: (n,).

        Args:
            weights: (n,). Numbers of the weights.
        """
        held = self.cells.held(weights) @ self._sign
        return (held - self._zero[weights]) / (self.cells.step * len(self._sign))
