"""VTEAM: a boundary that moves only beyond a threshold voltage."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.check import check_number, check_same_shape

from .operating_point import check_operating_point
from .published import Published


@dataclass(frozen=True)
class VTEAMState:
    """State of VTEAM cells.

    Args:
        position: (..., rows, cols). Where the boundary is, in m: 0 when the cell conducts best.
        energy: (..., rows, cols), J. Dissipated since the cell was made.
    """

    position: Tensor
    energy: Tensor


@dataclass(frozen=True, kw_only=True)
class VTEAM(Published, Device[VTEAMState]):
    r"""Ohmic cell with voltage thresholds, after the voltage threshold adaptive memristor model.

    .. math:: \dot x = k_{off} \left(\frac{V}{v_{off}} - 1\right)^{\alpha_{off}} (V > v_{off}),
        \quad k_{on} \left(\frac{V}{v_{on}} - 1\right)^{\alpha_{on}} (V < v_{on}), \qquad
        R = R_{on} + (R_{off} - R_{on}) \frac{x}{D}

    This is the variant without a window and with a resistance linear in x. A constant voltage moves
    the boundary at a constant speed, so state and energy of a pulse are closed forms. The model has
    no noise. Source: Kvatinsky et al., IEEE TCAS-II 62 (2015) 786 (doi
    10.1109/TCSII.2015.2433536).

    Args:
        r_on: Ohm. Resistance at x = 0.
        r_off: Ohm. Resistance at x = D.
        length: m. Way of the boundary, the D of the equation.
        k_on: m / s, negative. Speed of the SET at twice the threshold.
        k_off: m / s, positive. Speed of the RESET at twice the threshold.
        alpha_on: Power of the excess voltage in the SET.
        alpha_off: Power of the excess voltage in the RESET.
        v_on: V, negative. Threshold of the SET.
        v_off: V, positive. Threshold of the RESET.
        set_voltage: V, negative. SET amplitude.
        reset_voltage: V, positive. RESET amplitude.
        read_voltage: V. Below the threshold of the RESET.
    """

    r_on: float = 50.0
    r_off: float = 1000.0
    length: float = 3e-9
    k_on: float = -10.0
    k_off: float = 5e-4
    alpha_on: float = 3.0
    alpha_off: float = 1.0
    v_on: float = -0.2
    v_off: float = 0.02
    set_voltage: float = -1.0
    reset_voltage: float = 1.0
    read_voltage: float = 0.01

    def __post_init__(self) -> None:
        check_number("r_on", self.r_on, low=0.0, above=True)
        check_number("r_off", self.r_off, low=self.r_on, above=True)
        for name in ("length", "k_off", "alpha_on", "alpha_off", "v_off"):
            check_number(name, getattr(self, name), low=0.0, above=True)
        for name in ("-k_on", "-v_on"):
            check_number(name, -getattr(self, name[1:]), low=0.0, above=True)
        check_number("-set_voltage", -self.set_voltage, low=-self.v_on, above=True)
        check_number("reset_voltage", self.reset_voltage, low=self.v_off, above=True)
        check_number("read_voltage", self.read_voltage, high=self.v_off)
        check_operating_point(self)

    @property
    def g_min(self) -> float:
        return 1.0 / self.r_off

    @property
    def g_max(self) -> float:
        return 1.0 / self.r_on

    def noise_free(self) -> "VTEAM":
        return self

    def fabricate(self, shape: tuple[int, ...], generator: torch.Generator) -> VTEAMState:
        position = torch.full(shape, self.length, dtype=torch.float64)
        return VTEAMState(position, torch.zeros_like(position))

    def apply(self, state: VTEAMState, pulse: Pulse, generator: torch.Generator) -> VTEAMState:
        check_same_shape("pulse", pulse.width, state.energy.shape, of="the cells")
        start, width = state.position, pulse.width
        speed = self._speed(pulse.amplitude.double())
        end = (start + speed * width).clamp(0.0, self.length)
        moving = torch.where(speed == 0, 0.0, (end - start) / speed)
        # While R grows linearly from R0 by a share z, 1 / R is on average log1p(z) / (z R0).
        first, last = self._resistance(start), self._resistance(end)
        grown = (last - first) / first
        mean = torch.where(grown == 0, 1.0, torch.log1p(grown) / grown) / first
        charge_time = mean * moving + (width - moving) / last
        return VTEAMState(end, state.energy + pulse.amplitude.square() * charge_time)

    def current(self, state: VTEAMState, voltage: Tensor) -> Tensor:
        return voltage / self._resistance(state.position)

    def _resistance(self, position: Tensor) -> Tensor:
        return self.r_on + (self.r_off - self.r_on) * position / self.length

    def _speed(self, voltage: Tensor) -> Tensor:
        off = self.k_off * (voltage / self.v_off - 1.0).clamp(min=0.0) ** self.alpha_off
        on = self.k_on * (voltage / self.v_on - 1.0).clamp(min=0.0) ** self.alpha_on
        return on + off  # one of them is zero
