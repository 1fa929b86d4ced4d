"""Incremental step pulses: a staircase of amplitudes, from harmless to strong enough."""

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from mho.core import Device, Past, Pulse
from mho.core.check import argument_error, check_number
from mho.core.past import NO_PAST

from .programmer import Programmer, fitted


@dataclass(frozen=True, kw_only=True)
class Stairs:
    """Amplitudes in one direction.

    Args:
        start: V, physical sign. First amplitude.
        step: V, greater than 0. By how much the next amplitude is farther from zero.
        stop: V, with the sign of `start`. Largest amplitude; the stairs go on at it.
    """

    start: float
    step: float
    stop: float

    def __post_init__(self) -> None:
        check_number("step", self.step, low=0.0, above=True)
        if self.start * self.stop <= 0.0 or abs(self.stop) < abs(self.start):
            must = "have the sign of `start` and be at least as far from zero"
            raise argument_error("stop", must, f"is {self.stop:g} V after {self.start:g} V")

    @classmethod
    def of(cls, voltage: float) -> "Stairs":
        """From half of a device's voltage, where cells hardly move, to a third above it.

        Args:
            voltage: V, physical sign. SET or RESET voltage of a device.
        """
        return cls(start=0.5 * voltage, step=0.05 * abs(voltage), stop=1.3 * voltage)

    def after(self, amplitude: Tensor) -> Tensor:
        """The amplitude one step up from another of the same sign.

        Args:
            amplitude: (..., rows, cols), V. Amplitude before.
        """
        size = (amplitude.abs() + self.step).clamp(abs(self.start), abs(self.stop))
        return size * math.copysign(1.0, self.stop)


@dataclass(frozen=True, kw_only=True)
class Staircase(Programmer):
    r"""Pulses of one width whose amplitude grows from one to the next in the same direction.

    .. math:: V_{k+1} = \min(V_k + \Delta V, V_{stop}), \qquad
        V = V_{start} \text{ after a change of direction}

    Known as incremental step pulse programming. It needs no model of the cell, and suits those
    whose amplitude decides more than the width. A cell that was left alone starts again.

    Args:
        width: s. Width of every pulse.
        set_stairs: Amplitudes towards `g_max`; `fit` takes them from the SET voltage if left out.
        reset_stairs: Amplitudes towards `g_min`, likewise from the RESET voltage.
        reach: S. Range of the device; `fit` takes it from there.
    """

    width: float = 1e-6
    set_stairs: Stairs | None = None
    reset_stairs: Stairs | None = None
    reach: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        check_number("width", self.width, low=0.0, above=True)

    def fit(self, device: Device[Any]) -> "Staircase":
        return replace(
            self,
            set_stairs=self.set_stairs or Stairs.of(device.set_voltage),
            reset_stairs=self.reset_stairs or Stairs.of(device.reset_voltage),
            reach=(device.g_min, device.g_max),
        )

    def pulse(self, conductance: Tensor, target: Tensor, past: Past = NO_PAST) -> Pulse:
        up, down = fitted("set_stairs", self.set_stairs), fitted("reset_stairs", self.reset_stairs)
        upwards = target > conductance
        set_start, reset_start = conductance.new_tensor([up.start, down.start])
        amplitude = torch.where(upwards, set_start, reset_start)
        if past.pulses:
            last = past.pulses[-1]
            climbing = (last.width > 0) & (last.amplitude * amplitude > 0)
            higher = torch.where(upwards, up.after(last.amplitude), down.after(last.amplitude))
            amplitude = torch.where(climbing, higher, amplitude)
        return Pulse(amplitude, torch.full_like(conductance, self.width))
