"""The noise-free inverse, at the pace of each cell."""

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from mho.core import Device, Past, Pulse
from mho.core.past import NO_PAST

from .noise_free_inverse import NoiseFreeInverse
from .programmer import Programmer

_FASTEST = 10.0  # paces beyond it, or below its inverse, count as that much


@dataclass(frozen=True, kw_only=True)
class PacedInverse(Programmer):
    r"""The pulse of a noise-free cell, shortened for fast cells and lengthened for slow ones.

    .. math:: w = \frac{t(G^*) - t(G)}{p}, \qquad
        \ln p = \frac{1}{n + 1} \sum_{k=1}^{n} \ln \frac{t(G_k) - t(G_{k-1})}{w_k}

    The pace p is the mean, in logarithms, of what the n pulses that moved the cell their way tell,
    and of one that says that the cell is like the model. That is the best guess where paces spread
    from cell to cell as much as from pulse to pulse.

    Args:
        inverse: Tells how long a noise-free cell takes.
    """

    inverse: NoiseFreeInverse = field(default_factory=NoiseFreeInverse)

    def fit(self, device: Device[Any]) -> "PacedInverse":
        return replace(self, inverse=self.inverse.fit(device))

    def pulse(self, conductance: Tensor, target: Tensor, past: Past = NO_PAST) -> Pulse:
        total, count = torch.zeros_like(conductance), torch.ones_like(conductance)
        reads = (*past.reads, conductance)
        # What a failed read would have told, none does: a cell that stays takes no time.
        for before, after, sent in zip(reads, reads[1:], past.pulses, strict=False):
            read = torch.isfinite(before) & torch.isfinite(after)
            took = self.inverse.pulse(
                torch.where(read, before, target), torch.where(read, after, target)
            )
            told = (sent.width > 0) & (took.width > 0) & (took.amplitude * sent.amplitude > 0)
            ratio = (took.width / sent.width).clamp(1 / _FASTEST, _FASTEST)
            total += torch.where(told, ratio.log(), 0.0)
            count += told
        pulse = self.inverse.pulse(conductance, target)
        return Pulse(pulse.amplitude, pulse.width * torch.exp(-total / count))

    @property
    def reach(self) -> tuple[float, float] | None:
        return self.inverse.reach
