"""Steps that are levels: a cell that is to move is written again, one level on."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core.check import check_number
from mho.nn.layer import Layer

from .moves import Moves
from .steps import LayerSteps, Steps


@dataclass(frozen=True, kw_only=True)
class LevelSteps(Steps):
    """Cells that are written again by the tile's writer, so many levels further up or down.

    What the writer misses is not noticed; only cells whose target changes are written. A writer
    that keeps cells goes on from the state that they are in.

    Args:
        levels: Levels of a cell, evenly spaced over the range of the mapping.
    """

    levels: int = 512

    def __post_init__(self) -> None:
        check_number("levels", self.levels, low=2)

    def of(self, layer: Layer, source: torch.Generator) -> "LevelledLayer":
        return LevelledLayer(layer, self.levels)


class LevelledLayer(LayerSteps):
    """Steps of a layer that are levels.

    Args:
        layer: The layer.
        levels: Levels of a cell.
    """

    def __init__(self, layer: Layer, levels: int) -> None:
        super().__init__(layer)
        mapping, places = layer.tile.mapping, self.places
        ends = places.targets(mapping, torch.tensor([-1.0, 0.0, 1.0]))[:, 0]
        self._step = ((ends.max() - ends.min()) / (levels - 1) / mapping.span).item()
        share = places.share(layer, layer.weight.detach().double().flatten()).clamp(-1.0, 1.0)
        self._asked = ((share + 1.0) / self._step).round().mul(self._step).sub(1.0).float()
        self._held = layer.conductance.flatten()[places.cells]
        self._size = (self._step * mapping.span * places.per_siemens).float()

    @property
    def size(self) -> Tensor:
        return self._size

    @property
    def state(self) -> dict[str, Tensor]:
        return {"asked": self._asked, "held": self._held}

    def restore(self, state: dict[str, Tensor]) -> None:
        for name, own in self.state.items():
            own.copy_(state[name])

    def move(self, moves: Moves) -> None:
        layer, weights, mapping = self.layer, moves.weights, self.layer.tile.mapping
        if not len(weights):
            return
        before = self._asked[weights]
        asked = (before + moves.steps * self._step).clamp_(-1.0, 1.0)
        target = self.places.targets(mapping, asked)
        written = layer.write_cells(self.places.cells[weights], target)
        same = target == self.places.targets(mapping, before)
        held = torch.where(same, self._held[weights], written)
        self._asked[weights], self._held[weights] = asked, held
        self.places.show(layer, weights, held)
