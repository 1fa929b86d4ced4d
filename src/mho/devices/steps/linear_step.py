"""Linear step device: the step shrinks or grows in proportion to the conductance."""

from dataclasses import dataclass

from mho.core.check import check_number
from mho.devices.published import Published

from .step_device import Law, StepDevice


@dataclass(frozen=True, kw_only=True)
class LinearStep(Published, StepDevice):
    """Steps whose size changes linearly from one bound to the other.

    All four sizes alike make a constant step; 0 at the bound that is approached makes soft bounds,
    counted in pulses.

    Args:
        up_first: Share of the range. Up step at the lower bound.
        up_last: Share of the range. Up step at the upper bound.
        down_first: Share of the range. Down step at the upper bound.
        down_last: Share of the range. Down step at the lower bound.
    """

    up_first: float = 0.01
    up_last: float = 0.005
    down_first: float = 0.01
    down_last: float = 0.005

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("up_first", "up_last", "down_first", "down_last"):
            check_number(name, getattr(self, name), low=0.0, high=1.0)

    def laws(self) -> tuple[Law, Law]:
        up = (self.up_last, self.up_first - self.up_last, 1.0, 0.0, 0.0)
        down = (self.down_last, self.down_first - self.down_last, 1.0, 0.0, 0.0)
        return up, down
