"""Exponential step device: large steps at first, which fade to a constant size."""

import math
from dataclasses import dataclass

from mho.core.check import check_number
from mho.devices.published import Published

from .step_device import Law, StepDevice


@dataclass(frozen=True, kw_only=True)
class ExponentialStep(Published, StepDevice):
    r"""Steps that fade exponentially with the distance d from the bound that they leave.

    .. math:: s(d) = \max(s_0 (1 + B \, e^{-\lambda d}), 0), \qquad d \text{ a share of the range}

    A negative B makes the first steps the small ones, as in capacitive cells.

    Args:
        up_step: Share of the range. The s_0 of up steps.
        up_boost: The B of up steps.
        up_decay: The lambda of up steps.
        down_step: Share of the range. The s_0 of down steps.
        down_boost: The B of down steps.
        down_decay: The lambda of down steps.
    """

    up_step: float = 0.002
    up_boost: float = 4.0
    up_decay: float = 5.0
    down_step: float = 0.002
    down_boost: float = 4.0
    down_decay: float = 5.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("up_step", "down_step"):
            check_number(name, getattr(self, name), low=0.0, high=1.0, above=True)
        for name in ("up_boost", "down_boost"):
            check_number(name, getattr(self, name), low=-1.0, above=True)
        for name in ("up_decay", "down_decay"):
            check_number(name, getattr(self, name), low=0.0)

    def laws(self) -> tuple[Law, Law]:
        up = self._law(self.up_step, self.up_boost, self.up_decay)
        return up, self._law(self.down_step, self.down_boost, self.down_decay)

    def _law(self, step: float, boost: float, decay: float) -> Law:
        return step, 0.0, 1.0, step * boost * math.exp(-decay), decay
