"""Tiki-taka, whose fast array is brought to zero by pulses in turn."""

from torch import Tensor, nn

from .fast_array import FastAndSlow
from .pulse_steps import PulseSteps
from .steps import Steps


class TikiTaka(FastAndSlow):
    """Pulses on a fast array, read column by column into digital sums that move the weights.

    The second version of Gokmen, Front. Artif. Intell. 4 (2021) 699148, doi
    10.3389/frai.2021.699148.

    Args:
        model: Converted model; its cells start from what they hold.
        lr: Learning rate of the fast array.
        steps: How the cells of the weights are moved.
        fast: How those of the fast array are moved.
        columns: Inputs of each layer whose column of the fast array is read after an update.
        gain: Steps of the weights for each step of its own that the fast array is read to be off.
        turns: Pulses up and down before the fast array counts as at zero.
        seed: Of the cells' spread and of all that is random in an update.
    """

    def __init__(
        self,
        model: nn.Module,
        lr: float,
        *,
        steps: Steps,
        fast: PulseSteps,
        columns: int = 8,
        gain: float = 0.1,
        turns: int = 200,
        seed: int = 0,
    ) -> None:
        settings = {"columns": columns, "gain": gain, "turns": turns, "seed": seed}
        super().__init__(model, lr, steps=steps, fast=fast, **settings)  # type: ignore[arg-type]

    def _driven(self, number: int, gradient: Tensor) -> Tensor:
        return gradient

    def _told(self, number: int, columns: Tensor, read: Tensor) -> Tensor:
        return read
