"""Yakopcic's model: thresholds, and a motion that is dampened near the ends."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.check import check_number, check_same_shape

from .operating_point import check_operating_point
from .published import Published
from .trajectory import travel


@dataclass(frozen=True)
class YakopcicState:
    """State of Yakopcic cells.

    Args:
        share: (..., rows, cols). State variable x of the model, between 0 and 1.
        energy: (..., rows, cols), J. Dissipated since the cell was made.
    """

    share: Tensor
    energy: Tensor


@dataclass(frozen=True, kw_only=True)
class Yakopcic(Published, Device[YakopcicState]):
    r"""Cell with voltage thresholds and a tunnelling current, fitted to many published devices.

    .. math:: I = a \, x \sinh(b V), \qquad \dot x = g(V) f(x), \qquad
        g = A_p (e^V - e^{V_p}) \; (V > V_p), \quad -A_n (e^{-V} - e^{V_n}) \; (V < -V_n)

    .. math:: f = e^{-\alpha_p (x - x_p)} \frac{1 - x}{1 - x_p} \; (V > 0, x > x_p), \quad
        e^{\alpha_n (x + x_n - 1)} \frac{x}{1 - x_n} \; (V < 0, x < 1 - x_n), \quad
        \text{else } 1

    with an a of its own for either sign of V. The model has no noise. Source: Yakopcic et al., IEEE
    Electron Device Lett. 32 (2011) 1436 (doi 10.1109/LED.2011.2163292).

    Args:
        a_1: A. Scale of the current at positive voltage.
        a_2: A. Scale of the current at negative voltage.
        b: 1 / V. Curvature of the current.
        set_speed: 1 / s. The A_p of the equation.
        reset_speed: 1 / s. The A_n of the equation.
        set_threshold: V. The V_p of the equation.
        reset_threshold: V. The V_n of the equation, without its sign.
        set_decay: The alpha_p of the equation.
        reset_decay: The alpha_n of the equation.
        set_onset: The x_p of the equation: the state beyond which a SET is dampened.
        reset_onset: The x_n of the equation: 1 - x_n is the state below which a RESET is.
        lowest: State of a fresh cell, at which RESET ends.
        highest: State at which SET ends; it would take for ever to 1.
        set_voltage: V, positive. SET amplitude.
        reset_voltage: V, negative. RESET amplitude.
        read_voltage: V. Below both thresholds.
    """

    a_1: float = 0.17
    a_2: float = 0.17
    b: float = 0.05
    set_speed: float = 4000.0
    reset_speed: float = 4000.0
    set_threshold: float = 0.16
    reset_threshold: float = 0.15
    set_decay: float = 1.0
    reset_decay: float = 5.0
    set_onset: float = 0.3
    reset_onset: float = 0.5
    lowest: float = 0.11
    highest: float = 0.99
    set_voltage: float = 0.45
    reset_voltage: float = -0.45
    read_voltage: float = 0.1

    def __post_init__(self) -> None:
        for name in ("a_1", "a_2", "b", "set_speed", "reset_speed", "lowest"):
            check_number(name, getattr(self, name), low=0.0, above=True)
        for name in ("set_threshold", "reset_threshold", "set_decay", "reset_decay"):
            check_number(name, getattr(self, name), low=0.0)
        for name in ("set_onset", "reset_onset"):
            check_number(name, getattr(self, name), low=0.0, high=0.999)
        check_number("highest", self.highest, low=self.lowest, high=0.999, above=True)
        check_number("set_voltage", self.set_voltage, low=self.set_threshold, above=True)
        check_number("-reset_voltage", -self.reset_voltage, low=self.reset_threshold, above=True)
        check_operating_point(self)

    @property
    def g_min(self) -> float:
        return self._nominal_conductance(self.lowest)

    @property
    def g_max(self) -> float:
        return self._nominal_conductance(self.highest)

    def noise_free(self) -> "Yakopcic":
        return self

    def fabricate(self, shape: tuple[int, ...], generator: torch.Generator) -> YakopcicState:
        share = torch.full(shape, self.lowest, dtype=torch.float64)
        return YakopcicState(share, torch.zeros_like(share))

    def apply(
        self, state: YakopcicState, pulse: Pulse, generator: torch.Generator
    ) -> YakopcicState:
        check_same_shape("pulse", pulse.width, state.energy.shape, of="the cells")
        voltage = pulse.amplitude.reshape(-1).double()
        width = pulse.width.reshape(-1).double()
        start = state.share.reshape(-1)
        ends = torch.full_like(start, self.lowest), torch.full_like(start, self.highest)
        drive, power = self._drive(voltage), voltage * self._scale(voltage)

        def rate(share: Tensor, cells: Tensor) -> tuple[Tensor, Tensor]:
            speed = drive[cells] * self._dampened(share, voltage[cells] > 0)
            return speed, power[cells] * share

        share, energy = travel(rate, start, torch.where(voltage == 0, 0.0, width), *ends)
        shape = state.energy.shape
        return YakopcicState(share.reshape(shape), state.energy + energy.reshape(shape))

    def current(self, state: YakopcicState, voltage: Tensor) -> Tensor:
        return state.share * self._scale(voltage)

    def _scale(self, voltage: Tensor) -> Tensor:
        """Current at x = 1."""
        scales = voltage.new_tensor([self.a_1, self.a_2])  # two floats would be float32
        return torch.where(voltage > 0, scales[0], scales[1]) * torch.sinh(self.b * voltage)

    def _drive(self, voltage: Tensor) -> Tensor:
        """The g(V) of the equation."""
        up = torch.exp(voltage) - math.exp(self.set_threshold)
        down = torch.exp(-voltage) - math.exp(self.reset_threshold)
        return self.set_speed * up.clamp(min=0.0) - self.reset_speed * down.clamp(min=0.0)

    def _dampened(self, share: Tensor, rising: Tensor) -> Tensor:
        """The f(x) of the equation."""
        past = (share - self.set_onset).clamp(min=0.0)
        up = torch.exp(-self.set_decay * past) * (1.0 - past / (1.0 - self.set_onset))
        short = (1.0 - self.reset_onset - share).clamp(min=0.0)
        down = torch.exp(-self.reset_decay * short) * (1.0 - short / (1.0 - self.reset_onset))
        return torch.where(rising, up, down)

    def _nominal_conductance(self, share: float) -> float:
        return self.a_1 * share * math.sinh(self.b * self.read_voltage) / self.read_voltage
