"""How cells are moved step by step, whatever a step is."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from mho.nn.layer import Layer

from .moves import Moves
from .places import Places


class LayerSteps(ABC):
    """Moves the weights of one layer.

    Attributes:
        layer: The layer.
        places: Where its weights lie.
    """

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.places = Places.of(layer)

    @property
    @abstractmethod
    def size(self) -> Tensor:
        """What a step moves a weight by, in the middle of its range: (weights,) or (1,), 1."""

    @property
    @abstractmethod
    def state(self) -> dict[str, Tensor]:
        """What the cells keep from step to step and an optimiser's checkpoint has to hold."""

    @abstractmethod
    def restore(self, state: dict[str, Tensor]) -> None:
        """Take over what `state` was.

        Args:
            state: Tensors by name.
        """

    @abstractmethod
    def move(self, moves: Moves) -> None:
        """Move weights, and let the layer know.

        Args:
            moves: Which weights move, and by how many steps.
        """


class Steps(ABC):
    """Settings of how cells are moved. Subclasses are frozen dataclasses."""

    @abstractmethod
    def of(self, layer: Layer, source: torch.Generator) -> LayerSteps:
        """Steps of a layer, whose cells start from what they hold.

        Args:
            layer: Layer on tiles.
            source: Of the cells' spread and their noise.
        """
