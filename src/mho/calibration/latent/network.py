"""The network that repairs currents, layer by layer, told by a latent vector of the matrix."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from mho.core.check import check_number


class ConcatSquash(nn.Module):
    r"""One layer of Rezaeifar et al., eq. (4), in currents and in what one is multiplied by.

    .. math:: O_{i+1} = (W_1 O_i + b_1) \odot \sigma(W_2 z + b_2) + W_3 z

    The weights are in the order of the equation. It is affine in :math:`O_i`. Written with a second
    input, 1 for a vector of currents, it is linear in both together, so that sums of vectors can
    pass through it just as well.

    It starts with gates of one half, and twice the identity before them.

    Args:
        inputs: Currents that come in.
        outputs: Currents that go out.
        latent: Numbers in a latent vector.
        generator: Source of the first weights of those outputs that no input is passed on to.
    """

    def __init__(self, inputs: int, outputs: int, latent: int, generator: torch.Generator):
        super().__init__()
        first = (2 * torch.rand(outputs, inputs, generator=generator) - 1) * inputs**-0.5
        passed = min(inputs, outputs)
        first[:passed] = 2 * torch.eye(passed, inputs)
        self.weight = nn.Parameter(first)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.gate = nn.Parameter(torch.zeros(outputs, latent))
        self.gate_bias = nn.Parameter(torch.zeros(outputs))
        self.shift = nn.Parameter(torch.zeros(outputs, latent))

    def forward(self, current: Tensor, one: Tensor, latent: Tensor) -> Tensor:
        """Currents that go out: (matrices, vectors, outputs), in the network's unit.

        Args:
            current: (matrices, vectors, inputs), 1. Currents that come in, in the network's unit.
            one: (matrices, vectors, 1), 1. Ones, or for a sum of vectors the sum of theirs.
            latent: (matrices, latent), 1. Latent vectors.
        """
        weight, bias, gate, gate_bias, shift = (w.to(current.dtype) for w in self.parameters())
        opened = torch.sigmoid(nn.functional.linear(latent, gate, gate_bias))[:, None]
        shifted = nn.functional.linear(latent, shift)[:, None]
        return (nn.functional.linear(current, weight) + bias * one) * opened + shifted * one


@dataclass(frozen=True, kw_only=True)
class Layers(ABC):
    """How many layers there are, how wide, and what is made of the last one's currents.

    Args:
        count: Concat-squash layers.
        extra: Currents between two layers beyond the number of columns.
    """

    count: int = 3
    extra: int = 0

    def __post_init__(self) -> None:
        check_number("count", self.count, low=1)
        check_number("extra", self.extra, low=0)

    @property
    @abstractmethod
    def skipped(self) -> float:
        """How much of the measured current is added to what the last layer gives."""

    def build(self, cols: int, latent: int, generator: torch.Generator) -> nn.ModuleList:
        """The layers, such that before training they leave the currents as they are.

        Args:
            cols: Columns of the array.
            latent: Numbers in a latent vector.
            generator: Source of the first weights.
        """
        widths = [cols, *(self.count - 1) * [cols + self.extra], cols]
        layers = [ConcatSquash(*pair, latent, generator) for pair in pairwise(widths)]
        with torch.no_grad():
            layers[-1].weight.mul_(1 - self.skipped)
        return nn.ModuleList(layers)


@dataclass(frozen=True, kw_only=True)
class AsPublished(Layers):
    """The repaired current is what the last layer gives, to the letter of the paper."""

    @property
    def skipped(self) -> float:
        return 0.0


@dataclass(frozen=True, kw_only=True)
class WithSkip(Layers):
    """What the last layer gives is added to the measured current, so that it learns the error."""

    @property
    def skipped(self) -> float:
        return 1.0


class LatentNetwork(nn.Module):
    """From measured currents and what was programmed to repaired currents.

    Args:
        encoder: Layers from matrices to latent vectors.
        layers: Concat-squash layers.
        skipped: How much of the measured current is added to what the last of them gives.

    Attributes:
        middle: (), S. Conductance that the network sees as 0.
        extent: (), S. Difference of conductance that it sees as 1.
    """

    middle: Tensor
    extent: Tensor

    def __init__(self, encoder: nn.Module, layers: nn.ModuleList, *, skipped: float):
        super().__init__()
        self.encoder, self.layers, self.skipped = encoder, layers, skipped
        self.register_buffer("middle", torch.tensor(0.0, dtype=torch.float64))
        self.register_buffer("extent", torch.tensor(1.0, dtype=torch.float64))

    def scale_to(self, conductance: Tensor) -> None:
        """See conductances of a certain kind as numbers around 0.

        Args:
            conductance: (..., rows, cols), S. Such conductances.
        """
        self.middle.fill_(conductance.mean().item())
        self.extent.fill_(conductance.std(correction=0).item() or 1.0)

    def forward(self, current: Tensor, one: Tensor, conductance: Tensor) -> Tensor:
        """What is to be added to the currents: (matrices, vectors, cols), in the network's unit.

        Args:
            current: (matrices, vectors, cols), 1. Measured currents in the network's unit.
            one: (matrices, vectors, 1), 1. Ones, or for a sum of vectors the sum of theirs.
            conductance: (matrices, rows, cols), S. Conductances that were programmed.
        """
        seen = ((conductance - self.middle) / self.extent).float()
        latent = self.encoder(seen[:, None]).to(current.dtype)
        output = current
        for layer in self.layers:
            output = layer(output, one, latent)
        return output - (1 - self.skipped) * current
