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
        for size in sizes:
            check_number("sizes", size, low=1)
        self.sizes = sizes
        self.layers = nn.Sequential()
        for inputs, outputs in pairwise((2, *sizes, 1)):
            if len(self.layers):
                self.layers.append(nn.ReLU())
            layer = nn.utils.skip_init(nn.Linear, inputs, outputs)
            for weight in (layer.weight, layer.bias):
                nn.init.uniform_(weight, -(inputs**-0.5), inputs**-0.5, generator=generator)
            self.layers.append(layer)

    def forward(self, inputs: Tensor) -> Tensor:
        """Encoded pulse time: (...).

        Args:
            inputs: (..., 2), 1. Encoded conductance and what is missing to the target.
        """
        output: Tensor = self.layers(inputs)
        return output[..., 0]
