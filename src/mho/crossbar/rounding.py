"""Rounding of converters to evenly spaced values."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Rounding:
    """Values of a converter: so many, from the lowest to the highest.

    Args:
        low: (..., 1, 1), 1. Lowest value of each array in any unit, or a single one for all.
        high: (..., 1, 1), 1. Highest value, of the shape of `low`.
        bits: Resolution.
    """

    low: Tensor
    high: Tensor
    bits: int

    @cached_property
    def step(self) -> Tensor:
        """Distance of the values, of the shape of `low`."""
        # An array that never carried a current has an empty range, and zero is its only value.
        step: Tensor = (self.high - self.low) / (2**self.bits - 1)
        return step.clamp(min=torch.finfo(torch.float32).tiny)  # no zero in single precision

    def __call__(self, value: Tensor, *, gain: float = 1.0, offset: float = 0.0) -> Tensor:
        """Nearest values to what is seen: (..., vectors, cols).

        Args:
            value: (..., vectors, cols), 1. Numbers in the unit of `low`.
            gain: What is seen, over what is there.
            offset: Steps. What is seen where nothing is.
        """
        if torch.is_grad_enabled() and value.requires_grad:
            low, step = self.low.to(value.dtype), self.step.to(value.dtype)
            seen = value * gain + offset * step
            code = ((seen - low) / step).round().clamp(0, 2**self.bits - 1)
            rounded: Tensor = low + code * step
            return rounded
        return self._compiled(value.detach(), gain, offset)

    def _compiled(self, value: Tensor, gain: float, offset: float) -> Tensor:
        from .rounding_kernel import round_off

        arrays, others = self.low.numel(), 1
        beside = self.low.dim() > 3 and not value.is_contiguous()
        if beside and value.transpose(-3, -2).is_contiguous():
            # Tiles that share their rows lie side by side in memory.
            value, others = value.transpose(-3, -2), value.shape[-3]
        value = value.contiguous()
        across = value.shape[-1] if others > 1 else -1
        flat = value.numpy().reshape(arrays // others, -1 if others > 1 else 1, others, across)
        out = np.empty_like(flat)
        low, step = (ends.reshape(-1, others) for ends in self._ends[value.dtype])
        round_off(flat, low, step, 2**self.bits - 1, (gain, offset), out)
        answer = torch.from_numpy(out).reshape(value.shape)
        return answer.transpose(-3, -2) if others > 1 else answer

    @cached_property
    def _ends(self) -> dict[torch.dtype, tuple[np.ndarray, np.ndarray]]:
        """Lowest values and steps of all arrays, one after the other."""
        ends = self.low.reshape(-1), self.step.reshape(-1)
        return {
            dtype: (ends[0].to(dtype).numpy(), ends[1].to(dtype).numpy())
            for dtype in (torch.float32, torch.float64)
        }
