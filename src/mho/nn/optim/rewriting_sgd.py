"""Every update writes all cells again."""

import torch
from torch import Tensor, nn

from .in_memory import InMemory
from .places import Places


class RewritingSGD(InMemory):
    """Gradient steps from what the cells hold, after each of which all cells are written again.

    This is how Nanoscale Horiz. 10 (2025) 780 describes in-memory training: nothing is remembered
    but the cells, and each update meets the program error of the tiles' writer.

    Args:
        model: Converted model.
        lr: Learning rate.
        seed: Of what is random in an update; the error is that of the tiles' writer.
    """

    def __init__(self, model: nn.Module, lr: float, *, seed: int = 0) -> None:
        super().__init__(model, lr, seed=seed)
        self._places = [Places.of(layer) for layer in self.layers]

    def _update(self, number: int, gradient: Tensor, lr: float) -> None:
        layer, places = self.layers[number], self._places[number]
        wanted = layer.kernel.flatten().add(gradient, alpha=-lr)
        share = places.share(layer, wanted).clamp_(-1.0, 1.0)
        target = places.targets(layer.tile.mapping, share)
        written = layer.write_cells(places.cells, target)
        places.show(layer, torch.arange(len(wanted), dtype=torch.int32), written)
