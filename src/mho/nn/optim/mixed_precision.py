"""Gradients are added up digitally until they fill a step."""

import torch
from torch import Tensor, nn

from .moves import Search
from .stepping import Stepping
from .steps import Steps


class MixedPrecision(Stepping):
    """A digital sum of gradient steps for each weight; what fills a step of the cells moves them.

    After Nandakumar et al., Front. Neurosci. 14 (2020) 406, doi 10.3389/fnins.2020.00406. What a
    move misses is not noticed.

    Args:
        model: Converted model; its cells start from what they hold.
        lr: Learning rate.
        steps: How cells are moved.
        seed: Of the cells' spread and of all that is random in an update.
    """

    def __init__(self, model: nn.Module, lr: float, *, steps: Steps, seed: int = 0) -> None:
        super().__init__(model, lr, steps=steps, seed=seed)
        self._searches = [Search(layer.weight.numel()) for layer in self.layers]
        for layer in self.layers:
            sums = torch.zeros(layer.weight.numel(), dtype=layer.weight.dtype)
            self.state[layer.weight]["sum"] = sums

    def _update(self, number: int, gradient: Tensor, lr: float) -> None:
        from .kernel import full_moves

        steps, search = self.steps[number], self._searches[number]
        sums = self.state[self.layers[number].weight]["sum"]
        moves = search.moves(full_moves, gradient, -lr / steps.size, sums.numpy())
        steps.move(moves)
