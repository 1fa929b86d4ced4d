"""Tiki-taka's relative that learns while it trains where its fast array is at zero."""

import torch
from torch import Tensor, nn

from mho.core.check import check_number

from .fast_array import FastAndSlow
from .pulse_steps import PulseSteps
from .steps import Steps


class Agad(FastAndSlow):
    """A fast array whose gradients change sign from time to time, so that its zero tells itself.

    Whatever a column is read to be off that does not change its sign with the gradients is no
    gradient: the mean of the readings since the last change is what those after the next one are
    counted from. Nothing has to be brought to zero first, and zero may wander. Analog gradient
    accumulation with dynamic reference, after Rasch et al., Nat. Commun. 15 (2024), doi
    10.1038/s41467-024-51221-z.

    Args:
        model: Converted model; its cells start from what they hold.
        lr: Learning rate of the fast array.
        steps: How the cells of the weights are moved.
        fast: How those of the fast array are moved.
        columns: Inputs of each layer whose column of the fast array is read after an update.
        gain: Steps of the weights for each step of its own that the fast array is read to be off.
        readings: Readings of a column after which its gradients change sign.
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
        readings: int = 10,
        seed: int = 0,
    ) -> None:
        check_number("readings", readings, low=1)
        settings = {"columns": columns, "gain": gain, "turns": 0, "seed": seed}
        super().__init__(model, lr, steps=steps, fast=fast, **settings)  # type: ignore[arg-type]
        self.readings = readings
        for layer in self.layers:
            outputs, inputs = layer.weight.shape[0], layer.weight[0].numel()
            self.state[layer.weight].update(
                sign=torch.ones(inputs),
                times=torch.zeros(inputs),
                mean=torch.zeros(outputs, inputs),
                reference=torch.full((outputs, inputs), torch.nan),
            )

    def _driven(self, number: int, gradient: Tensor) -> Tensor:
        sign: Tensor = self.state[self.layers[number].weight]["sign"]
        return gradient * sign

    def _told(self, number: int, columns: Tensor, read: Tensor) -> Tensor:
        state = self.state[self.layers[number].weight]
        sign, times, mean = state["sign"], state["times"], state["mean"]
        told: Tensor = sign[columns] * (read - state["reference"][:, columns])
        times[columns] += 1.0
        mean[:, columns] += (read - mean[:, columns]) / times[columns]
        over = columns[times[columns] >= self.readings]
        state["reference"][:, over] = mean[:, over]
        sign[over] *= -1.0
        times[over] = 0.0
        return told.nan_to_num(0.0)  # of columns that have no reference yet
