"""The program error on the outputs of a layer."""

import torch
from torch import Tensor, nn

from mho.nn.gradient import Instead
from mho.programming import ProgramError


class NoiseLayer:
    """Outputs as cells would hold them that were programmed to them, as a hook behind a layer.

    Nanoscale Horiz. 10 (2025) 780 puts such a layer behind each block that has trainable weights,
    to stand for the error of updates. Gradients pass as if the error were a constant, but not where
    an output is beyond the range: it would be driven further and further.

    Args:
        error: Program error.
        bound: Largest output that is told from larger ones; the whole range of the error stands for
            outputs from minus to plus it.
        source: Of the errors.
    """

    def __init__(self, error: ProgramError, bound: float, source: torch.Generator) -> None:
        self.error, self.bound, self.source = error, bound, source

    def __call__(self, layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        """Outputs with the error.

        Args:
            layer: The layer.
            inputs: Its inputs.
            output: (...), 1. Its outputs.
        """
        low, high = self.error.grid.points[[0, -1]].tolist()
        per_siemens = 2.0 * self.bound / (high - low)
        within = output.clamp(-self.bound, self.bound)
        with torch.no_grad():
            target = low + (within.double() + self.bound) / per_siemens
            held = self.error.sample(target.clamp_(low, high), self.source)
            noisy = ((held - low) * per_siemens - self.bound).to(output.dtype)
        noised: Tensor = Instead.apply(within, noisy)
        return noised
