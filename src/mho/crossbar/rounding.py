"""Rounding of converters to evenly spaced values."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from mho.core.random import kernel_key

from .input_noise import InputNoise


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
        step: Tensor = (self.high - self.low) / (2**self.bits - 1)
        return step

    def __call__(
        self,
        value: Tensor,
        *,
        gain: float = 1.0,
        offset: float = 0.0,
        noise: InputNoise | None = None,
    ) -> Tensor:
        """Nearest values to what is seen: (..., vectors, cols).

        Args:
            value: (..., vectors, cols), 1. Numbers in the unit of `low`.
            gain: What is seen, over what is there.
            offset: Steps. What is seen where nothing is.
            noise: Disturbs the numbers before, none if left out.
        """
        graded = torch.is_grad_enabled() and value.requires_grad
        if noise is not None and (graded or value.dtype != torch.float32):
            value, noise = noise.on(value), None  # the kernel draws in single precision
        if graded:
            low, step = self.low.to(value.dtype), self.step.to(value.dtype)
            seen = value * gain + offset * step
            code = (
                ((seen - low) / torch.where(step > 0, step, 1.0)).round().clamp(0, 2**self.bits - 1)
            )
            rounded: Tensor = low + code * step
            return rounded
        return self._compiled(value.detach(), (gain, offset), noise)

    def _compiled(
        self, value: Tensor, error: tuple[float, float], noise: InputNoise | None
    ) -> Tensor:
        from .rounding_kernel import round_off, round_off_noisy

        arrays, others = self.low.numel(), 1
        beside = arrays > 1 and value.dim() > 3 and not value.is_contiguous()
        if beside and value.transpose(-3, -2).is_contiguous():
            # Tiles that share their rows lie side by side in memory.
            others = value.shape[-3]
        low, step = (ends.reshape(-1, others) for ends in self._ends[value.dtype])
        levels = low, step, 2**self.bits - 1, error
        flat = _flat(value, arrays, others)
        out = np.empty_like(flat)
        if noise is None:
            run = (len(flat), 1, 1, -1) if others == 1 else flat.shape
            round_off(flat.reshape(run), *levels, out.reshape(run))
        else:
            shared, own = (_flat(one, arrays, others) for one in self._noise(noise, value))
            round_off_noisy(flat, *levels, shared, own, kernel_key(noise.generator), out)
        answer = torch.from_numpy(out)
        if others == 1:
            return answer.reshape(value.shape)
        return answer.reshape(value.transpose(-3, -2).shape).transpose(-3, -2)

    def _noise(self, noise: InputNoise, value: Tensor) -> tuple[Tensor, Tensor]:
        """Deviation that vectors share and variance on top, which is empty if there is none."""
        batch, (vectors, cols) = value.shape[:-2], value.shape[-2:]
        rows = 1 if self.low.numel() == batch.numel() else vectors  # else all are one array
        shared = noise.shared.sqrt().to(value.dtype).expand(*batch, rows, cols)
        own = value[..., :0, :] if noise.own is None else noise.own.expand(value.shape)
        return shared, own

    @cached_property
    def _ends(self) -> dict[torch.dtype, tuple[np.ndarray, np.ndarray]]:
        """Lowest values and steps of all arrays, one after the other."""
        ends = self.low.reshape(-1), self.step.reshape(-1)
        return {
            dtype: (ends[0].to(dtype).numpy(), ends[1].to(dtype).numpy())
            for dtype in (torch.float32, torch.float64)
        }


def _flat(value: Tensor, arrays: int, others: int) -> np.ndarray:
    """Numbers as kernels take them: (arrays / others, vectors, others, cols)."""
    if others > 1:
        value = value.transpose(-3, -2)
    vectors = value.numel() // max(1, arrays * value.shape[-1])
    sizes = arrays // others, vectors, others, value.shape[-1]
    return value.contiguous().numpy().reshape(sizes)
