"""What optimisers that move cells by steps have in common."""

from abc import ABC
from typing import Any

from torch import nn

from .in_memory import InMemory
from .steps import Steps


class Stepping(InMemory, ABC):
    """Optimiser that moves cells by steps.

    Args:
        model: Converted model; its cells start from what they hold.
        lr: Learning rate.
        steps: How cells are moved.
        seed: Of the cells' spread and of all that is random in an update.
    """

    def __init__(self, model: nn.Module, lr: float, *, steps: Steps, seed: int = 0) -> None:
        super().__init__(model, lr, seed=seed)
        self.steps = [steps.of(layer, self._source) for layer in self.layers]
        for layer, moved in zip(self.layers, self.steps, strict=True):
            self.state[layer.weight].update(moved.state)

    def state_dict(self) -> dict[str, Any]:
        for layer, moved in zip(self.layers, self.steps, strict=True):
            self.state[layer.weight].update(moved.state)
        return super().state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        for layer, moved in zip(self.layers, self.steps, strict=True):
            moved.restore(self.state[layer.weight])
