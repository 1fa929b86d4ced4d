"""What a matrix is summed up in: convolutions from conductances to a latent vector."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import nn

from mho.core.check import check_number


class Encoder(ABC):
    """Kind of convolution that finds the latent vector of a matrix."""

    @abstractmethod
    def build(self, rows: int, cols: int, latent: int, generator: torch.Generator) -> nn.Module:
        """Layers from (matrices, 1, rows, cols) to (matrices, latent).

        Args:
            rows: Of each matrix.
            cols: Of each matrix.
            latent: Numbers in a latent vector.
            generator: Source of the first weights.
        """


@dataclass(frozen=True, kw_only=True)
class GlobalConvolution(Encoder):
    """One kernel for each latent number, as large as the matrix.

    This is the "global convolution kernel" of Rezaeifar et al.; the latent vector is linear in the
    conductances.
    """

    def build(self, rows: int, cols: int, latent: int, generator: torch.Generator) -> nn.Module:
        return _drawn(
            nn.Sequential(_empty(nn.Conv2d, 1, latent, (rows, cols)), nn.Flatten()), generator
        )


@dataclass(frozen=True, kw_only=True)
class LocalConvolutions(Encoder):
    """Small kernels one after the other with SiLU in between, then a linear layer.

    Args:
        channels: Kernels of each convolution.
        depth: Convolutions, of 3 x 3 cells each.
    """

    channels: int = 8
    depth: int = 3

    def __post_init__(self) -> None:
        check_number("channels", self.channels, low=1)
        check_number("depth", self.depth, low=1)

    def build(self, rows: int, cols: int, latent: int, generator: torch.Generator) -> nn.Module:
        layers = nn.Sequential()
        for inputs, outputs in pairwise([1] + self.depth * [self.channels]):
            layers.extend([_empty(nn.Conv2d, inputs, outputs, 3, padding=1), nn.SiLU()])
        cells = self.channels * rows * cols
        layers.extend([nn.Flatten(), _empty(nn.Linear, cells, latent)])
        return _drawn(layers, generator)


def _empty(kind: type[nn.Module], *sizes: object, **settings: object) -> nn.Module:
    """A layer whose first weights nobody drew from the global generator."""
    layer: nn.Module = nn.utils.skip_init(kind, *sizes, **settings)
    return layer


def _drawn(layers: nn.Sequential, generator: torch.Generator) -> nn.Module:
    for layer in layers:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            bound = layer.weight[0].numel() ** -0.5
            for weight in layer.parameters():
                nn.init.uniform_(weight, -bound, bound, generator=generator)
    return layers
