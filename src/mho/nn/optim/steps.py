"""How cells are moved step by step, whatever a step is."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from mho.nn.layer import Layer

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
    def move(self, count: Tensor) -> None:
        """Move weights by so many steps, and let the layer know.

        Args:
            count: (weights,). Steps up, or down if negative, as whole numbers in int32.
        """

    def _show(self, count: Tensor, conductance: Tensor) -> None:
        """Tell the layer what the cells of moved weights hold now."""
        from .kernel import show_cells

        layer, places = self.layer, self.places
        effective = layer.effective if places.plain else layer.effective.new_empty(0)
        weights = (layer.kernel, layer.weight.detach()) if places.plain else (effective,) * 2
        show_cells(
            count.numpy(),
            conductance.numpy(),
            (places.cells.numpy(), places.folded.numpy()),
            (torch.tensor(places.sign).numpy(), places.per_siemens.numpy(), places.base.numpy()),
            (memory(layer.conductance), memory(effective)),
            tuple(memory(weight) for weight in weights),
        )
        if not places.plain:
            layer.follow()


class Steps(ABC):
    """Settings of how cells are moved. Subclasses are frozen dataclasses."""

    @abstractmethod
    def of(self, layer: Layer, source: torch.Generator) -> LayerSteps:
        """Steps of a layer, whose cells start from what they hold.

        Args:
            layer: Layer on tiles.
            source: Of the cells' spread and their noise.
        """


def memory(tensor: Tensor):  # type: ignore[no-untyped-def]
    """All numbers of a tensor in the order of its memory, as an array that shares it.

    Args:
        tensor: (...), in any unit. Dense in memory, in whatever order.
    """
    return tensor.as_strided((tensor.numel(),), (1,)).numpy()
