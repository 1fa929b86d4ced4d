"""Power step device: the step is a power of the distance to the bound."""

from dataclasses import dataclass

from mho.core.check import check_number
from mho.devices.published import Published

from .step_device import Law, StepDevice


@dataclass(frozen=True, kw_only=True)
class PowerStep(Published, StepDevice):
    r"""Steps that are a power of the distance u to the bound that they go to.

    .. math:: s(u) = s_0 \, u^p, \qquad u \text{ a share of the range}

    A power of 1 makes soft bounds, counted in pulses.

    Args:
        up_step: Share of the range. Up step at the lower bound.
        up_power: The p of up steps.
        down_step: Share of the range. Down step at the upper bound.
        down_power: The p of down steps.
    """

    up_step: float = 0.01
    up_power: float = 0.5
    down_step: float = 0.01
    down_power: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("up_step", "down_step"):
            check_number(name, getattr(self, name), low=0.0, high=1.0, above=True)
        for name in ("up_power", "down_power"):
            check_number(name, getattr(self, name), low=0.0)

    def laws(self) -> tuple[Law, Law]:
        up = (0.0, self.up_step, self.up_power, 0.0, 0.0)
        down = (0.0, self.down_step, self.down_power, 0.0, 0.0)
        return up, down
