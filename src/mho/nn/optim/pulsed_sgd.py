"""Gradient steps as pulses."""

from torch import Tensor, nn

from .stepping import Stepping
from .steps import Steps
from .train import Rounded, Train


class PulsedSGD(Stepping):
    """Gradient steps whose size is counted in steps of the cells.

    Args:
        model: Converted model; its cells start from what they hold.
        lr: Learning rate.
        steps: How cells are moved.
        train: How many steps a gradient asks for; rounded at random if left out.
        seed: Of the cells' spread and of all that is random in an update.
    """

    def __init__(
        self,
        model: nn.Module,
        lr: float,
        *,
        steps: Steps,
        train: Train | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(model, lr, steps=steps, seed=seed)
        train = train or Rounded()
        self._counts = [train.of(layer, self._source) for layer in self.layers]

    def _update(self, number: int, gradient: Tensor, lr: float) -> None:
        steps = self.steps[number]
        steps.move(self._counts[number].moves(gradient, -lr / steps.size))
