"""A fast array takes the gradients, a slow one the weights, and a digital filter is in between."""

from typing import Any

import torch
from torch import Tensor, nn

from mho.core.check import check_number

from .fast_array import FastArray
from .moves import Moves
from .pulse_steps import PulseSteps
from .stepping import Stepping
from .steps import Steps
from .train import Rounded
from .zero import Turned, Zero


class TikiTaka(Stepping):
    """Pulses on a fast array, read column by column into digital sums that move the weights.

    The second version of Gokmen, Front. Artif. Intell. 4 (2021) 699148, doi
    10.3389/frai.2021.699148.

    Args:
        model: Converted model; its cells start from what they hold.
        lr: Learning rate of the fast array.
        steps: How the cells of the weights are moved.
        fast: How those of the fast array are moved.
        columns: Inputs of each layer whose column of the fast array is read after an update.
        gain: Steps of the weights for each step of its own that the fast array is read to be off.
        zero: How it is known where the fast array is at zero; `Turned` if left out.
        seed: Of the cells' spread and of all that is random in an update.
    """

    def __init__(
        self,
        model: nn.Module,
        lr: float,
        *,
        steps: Steps,
        fast: PulseSteps,
        columns: int = 8,
        gain: float = 0.1,
        zero: Zero | None = None,
        seed: int = 0,
    ) -> None:
        check_number("columns", columns, low=1)
        check_number("gain", gain, low=0.0, above=True)
        super().__init__(model, lr, steps=steps, seed=seed)
        self.columns, self.gain, zero = columns, gain, zero or Turned()
        self._counts = [Rounded().of(layer, self._source) for layer in self.layers]
        self._fast = [FastArray(s.places, fast, self._source) for s in self.steps]
        self._zeros = [
            zero.of(array, len(layer.weight), layer.weight[0].numel())
            for layer, array in zip(self.layers, self._fast, strict=True)
        ]
        for number, layer in enumerate(self.layers):
            sums = torch.zeros(layer.weight.numel(), dtype=layer.weight.dtype)
            self.state[layer.weight].update(sum=sums, column=0, **self._of_fast(number))

    def state_dict(self) -> dict[str, Any]:
        for number, layer in enumerate(self.layers):
            self.state[layer.weight].update(self._of_fast(number))
        return super().state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        for layer, array, zero in zip(self.layers, self._fast, self._zeros, strict=True):
            state = self.state[layer.weight]
            array.cells.restore({name: state[f"fast_{name}"] for name in array.cells.state})
            zero.restore(state)

    def _of_fast(self, number: int) -> dict[str, Tensor]:
        """What a checkpoint has to hold of a fast array and its zero."""
        cells = self._fast[number].cells.state
        return {f"fast_{name}": each for name, each in cells.items()} | self._zeros[number].state

    def _update(self, number: int, gradient: Tensor, lr: float) -> None:
        layer, steps, fast = self.layers[number], self.steps[number], self._fast[number]
        state, zero, inputs = self.state[layer.weight], self._zeros[number], layer.weight[0].numel()
        driven = zero.driven(gradient.view(-1, inputs)).flatten()
        fast.cells.pulse(self._counts[number].moves(driven, -lr / steps.size))
        several = torch.arange(min(self.columns, inputs), dtype=torch.int32)
        column = (state["column"] + several) % inputs
        state["column"] = (state["column"] + self.columns) % inputs
        outputs = torch.arange(len(layer.weight), dtype=torch.int32)
        cells = (outputs[:, None] * inputs + column).flatten()
        told = zero.told(column, fast.read(cells).view(-1, len(column)))
        sums = state["sum"][cells] + self.gain * told.flatten()
        state["sum"][cells] = sums.frac()
        whole = sums.trunc().int()
        moved = whole.nonzero().flatten()
        steps.move(Moves(cells[moved], whole[moved]))
