"""Identical pulses: the scheme that needs to know nothing but the direction."""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from mho.core import Device, Past, Pulse
from mho.core.check import check_number
from mho.core.past import NO_PAST

from .programmer import Programmer, fitted


@dataclass(frozen=True, kw_only=True)
class ConstantPulse(Programmer):
    """The same pulse again and again, SET or RESET by the sign of what is missing.

    Args:
        width: s. Width of every pulse.
        set_amplitude: V. Amplitude towards `g_max`; `fit` takes it from the device.
        reset_amplitude: V. Amplitude towards `g_min`; `fit` takes it from the device.
        reach: S. Range of the device; `fit` takes it from there.
    """

    width: float = 1e-6
    set_amplitude: float | None = None
    reset_amplitude: float | None = None
    reach: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        check_number("width", self.width, low=0.0, above=True)

    def fit(self, device: Device[Any]) -> "ConstantPulse":
        return replace(
            self,
            set_amplitude=device.set_voltage,
            reset_amplitude=device.reset_voltage,
            reach=(device.g_min, device.g_max),
        )

    def pulse(self, conductance: Tensor, target: Tensor, past: Past = NO_PAST) -> Pulse:
        amplitudes = [
            fitted("set_amplitude", self.set_amplitude),
            fitted("reset_amplitude", self.reset_amplitude),
        ]
        up, down = conductance.new_tensor(amplitudes)
        amplitude = torch.where(target > conductance, up, down)
        return Pulse(amplitude, torch.full_like(conductance, self.width))
