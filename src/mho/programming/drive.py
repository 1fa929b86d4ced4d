"""What drives the cells of a device each way, and how long that takes."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.check import argument_error

_SHORTEST, _LONGEST = 1e-15, 1e3  # s. No published device needs a pulse beyond these.


@dataclass(frozen=True, kw_only=True)
class Drive:
    """Voltages of a device, and how long a noise-free cell takes from end to end at them.

    Args:
        set_voltage: V. Towards `high`.
        reset_voltage: V. Towards `low`.
        set_time: s. From `low` to `high` but for a margin.
        reset_time: s. From `high` to `low` but for a margin.
        low: S. Lower end of the device's range.
        high: S. Upper end of the device's range.
    """

    set_voltage: float
    reset_voltage: float
    set_time: float
    reset_time: float
    low: float
    high: float

    @classmethod
    def of(cls, device: Device[Any], *, margin: float = 0.02) -> "Drive":
        """The drive of a device.

        Args:
            device: Model of the cells.
            margin: Share of the range short of an end at which a cell counts as switched.
        """
        quiet = device.noise_free()
        low, high = quiet.g_min, quiet.g_max
        short = margin * (high - low)
        fresh = quiet.fabricate((1, 1), torch.Generator())
        set_time, at_top = _switch(quiet, fresh, quiet.set_voltage, high - short)
        reset_time, _ = _switch(quiet, at_top, quiet.reset_voltage, low + short)
        return cls(
            set_voltage=quiet.set_voltage,
            reset_voltage=quiet.reset_voltage,
            set_time=set_time,
            reset_time=reset_time,
            low=low,
            high=high,
        )

    def voltage(self, upwards: Tensor) -> Tensor:
        """Voltage that drives each cell its way: (..., rows, cols), V.

        Args:
            upwards: (..., rows, cols), bool. Cells to drive towards `high`.
        """
        up, down = torch.tensor([self.set_voltage, self.reset_voltage], dtype=torch.float64)
        return torch.where(upwards, up, down)

    def time(self, upwards: Tensor) -> Tensor:
        """Time from end to end of each cell's way: (..., rows, cols), s.

        Args:
            upwards: (..., rows, cols), bool. Cells to drive towards `high`.
        """
        up, down = torch.tensor([self.set_time, self.reset_time], dtype=torch.float64)
        return torch.where(upwards, up, down)


def _switch(device: Device[Any], state: Any, voltage: float, end: float) -> tuple[float, Any]:
    """Shortest pulse that brings a cell past a conductance, to 3 per cent, and the cell there."""
    unused = torch.Generator()  # a noise-free device draws nothing that matters
    upwards = float(device.conductance(state)) < end

    def passed(width: float) -> tuple[bool, Any]:
        pulse = Pulse.uniform((1, 1), amplitude=voltage, width=width)
        after = device.apply(state, pulse, unused)
        return (float(device.conductance(after)) >= end) == upwards, after

    width = _SHORTEST
    if passed(width)[0]:
        but = f"switches at once at {voltage:g} V, however short the pulse"
        raise argument_error("device", "switch gradually", but, "Vary amplitudes, as Staircase.")
    while not passed(width)[0]:
        width *= 2.0
        if width > _LONGEST:
            but = f"does not come to {end:g} S at {voltage:g} V"
            raise argument_error("device", "switch from end to end", but, "Choose its voltages.")
    low = width / 2.0
    for _ in range(5):
        middle = (low * width) ** 0.5
        low, width = (low, middle) if passed(middle)[0] else (middle, width)
    return width, passed(width)[1]
