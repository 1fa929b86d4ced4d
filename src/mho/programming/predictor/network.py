"""The network that predicts pulses: a few fully connected layers."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from mho.core.check import check_number


class PulseNetwork(nn.Module):
    """Fully connected layers with rectifiers in between, from two inputs to one output.

    Args:
        sizes: Neurons of each hidden layer.
        generator: Source of the first weights.
    """

    def __init__(self, sizes: tuple[int, ...] = (32, 64, 32), *, generator: torch.Generator):
        super().__init__()
        self.settings = {"sizes": sizes}
        self.layers = dense((2, *sizes, 1), generator)

    def forward(self, inputs: Tensor) -> Tensor:
        """Encoded pulse time: (...).

        Args:
            inputs: (..., 2), 1. Encoded conductance and what is missing to the target.
        """
        output: Tensor = self.layers(inputs)
        return output[..., 0]


PER_PULSE = 5
"""Inputs that tell of one earlier pulse."""


class HistoryNetwork(nn.Module):
    """Fully connected layers that also see what a recurrent layer made of earlier pulses.

    Args:
        sizes: Neurons of each hidden layer.
        units: Numbers in which the recurrent layer sums up the earlier pulses.
        generator: Source of the first weights.
    """

    def __init__(
        self, sizes: tuple[int, ...] = (32, 64, 32), units: int = 16, *, generator: torch.Generator
    ):
        super().__init__()
        check_number("units", units, low=1)
        self.settings = {"sizes": sizes, "units": units}
        with torch.device("meta"):  # its own first weights would come from the global generator
            memory = nn.GRU(PER_PULSE, units, batch_first=True)
        self.memory = memory.to_empty(device="cpu")
        for weight in self.memory.parameters():
            nn.init.uniform_(weight, -(units**-0.5), units**-0.5, generator=generator)
        self.layers = dense((2 + units, *sizes, 1), generator)

    def forward(self, inputs: Tensor) -> Tensor:
        """Encoded pulse time: (n,).

        Args:
            inputs: (n, 2 + 5 pulses), 1. Encoded conductance, what is missing to the target, and
                earlier pulses, the first one first.
        """
        earlier = inputs[:, 2:].unflatten(1, (-1, PER_PULSE))
        _, summed = self.memory(earlier)
        output: Tensor = self.layers(torch.cat([inputs[:, :2], summed[0]], 1))
        return output[:, 0]


def dense(sizes: tuple[int, ...], generator: torch.Generator) -> nn.Sequential:
    """Fully connected layers with rectifiers in between.

    Args:
        sizes: Inputs, neurons of each hidden layer, outputs.
        generator: Source of the first weights.
    """
    layers = nn.Sequential()
    for inputs, outputs in pairwise(sizes):
        check_number("sizes", outputs, low=1)
        if len(layers):
            layers.append(nn.ReLU())
        layer = nn.utils.skip_init(nn.Linear, inputs, outputs)
        for weight in (layer.weight, layer.bias):
            nn.init.uniform_(weight, -(inputs**-0.5), inputs**-0.5, generator=generator)
        layers.append(layer)
    return layers
