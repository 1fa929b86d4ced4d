"""Stanford-PKU: a gap in a filament that ions close and open."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.check import check_number, check_same_shape

from .operating_point import check_operating_point
from .published import Published
from .trajectory import travel

_BOLTZMANN_EV = 8.617333262e-5


@dataclass(frozen=True, kw_only=True)
class GapFluctuation:
    r"""Cycle-to-cycle noise: a random speed of the gap, drawn anew after every interval of pulse.

    .. math:: \dot g_\chi = \frac{\delta \, \chi}{1 + e^{(T_{crit} - T) / T_{smth}}},
        \qquad \chi \text{ normal}

    The publication fixes the strength but not the time step of the simulator, on which the spread
    of the gap depends; here it is a setting. Source: as of the model.

    Args:
        interval: s. Time of pulse for which a draw holds.
        strength: m / s. The delta of the equation.
        critical: K. Temperature at which the fluctuation has half its strength.
        smoothing: K. Range of temperature over which it grows.
    """

    interval: float
    strength: float = 0.02
    critical: float = 450.0
    smoothing: float = 500.0

    def __post_init__(self) -> None:
        for name in ("interval", "strength", "smoothing"):
            check_number(name, getattr(self, name), low=0.0, above=True)


@dataclass(frozen=True)
class StanfordPKUState:
    """State of Stanford-PKU cells.

    Args:
        gap: (..., rows, cols). Length of the gap in the filament, in m.
        energy: (..., rows, cols), J. Dissipated since the cell was made.
    """

    gap: Tensor
    energy: Tensor


@dataclass(frozen=True, kw_only=True)
class StanfordPKU(Published, Device[StanfordPKUState]):
    r"""Metal-oxide cell whose current tunnels through a gap, with field and Joule heating.

    .. math:: I = I_0 \, e^{-g / g_0} \sinh \frac{V}{V_0}, \qquad T = T_0 + |V I| R_{th}

    .. math:: \dot g = -v_0 \, e^{-E_a / k T} \sinh \frac{\gamma a_0 q V}{t_{ox} k T}, \qquad
        \gamma = \gamma_0 - \beta \, (g / 1\,\mathrm{nm})^3

    The field must reach a least value, :math:`\gamma |V| / t_{ox} \ge F_{min}`, or nothing moves.
    Sources: Guan et al., IEEE Electron Device Lett. 33 (2012) 1405 (doi
    10.1109/LED.2012.2210856); Jiang et al., IEEE Trans. Electron Devices 63 (2016) 1884 (doi
    10.1109/TED.2016.2545412).

    Args:
        i_0: A. Scale of the current.
        g_0: m. Decay length of the current.
        v_0: V. Curvature of the current.
        r_on: Ohm. Resistance at the read voltage at which SET ends.
        r_off: Ohm. Resistance at the read voltage at which RESET ends.
        velocity: m / s. The v_0 of the rate.
        activation: V. Activation energy per charge, the E_a of the rate.
        spacing: m. Distance of the sites, the a_0 of the rate.
        thickness: m. Thickness of the oxide, the t_ox of the rate.
        enhancement: Field enhancement without a gap, the gamma_0 of the rate.
        fading: Loss of enhancement by a gap of 1 nm, the beta of the rate.
        least_field: V / m. The F_min of the rate.
        ambient: K. Temperature without current.
        thermal_resistance: K / W. Heating by the power.
        set_voltage: V, positive. SET amplitude.
        reset_voltage: V, negative. RESET amplitude.
        read_voltage: V. Voltage at which a conductance is read.
        cycle_noise: Fluctuation of the gap while it is pulsed, none if left out.
    """

    i_0: float = 1e-3
    g_0: float = 0.25e-9
    v_0: float = 0.25
    r_on: float = 542.0
    r_off: float = 218586.0
    velocity: float = 10.0
    activation: float = 0.6
    spacing: float = 0.25e-9
    thickness: float = 12e-9
    enhancement: float = 16.0
    fading: float = 0.8
    least_field: float = 1.4e9
    ambient: float = 298.0
    thermal_resistance: float = 2.1e3
    set_voltage: float = 1.5
    reset_voltage: float = -1.5
    read_voltage: float = 0.1
    cycle_noise: GapFluctuation | None = None

    def __post_init__(self) -> None:
        positive = ("i_0", "g_0", "v_0", "r_on", "velocity", "activation", "spacing", "thickness")
        for name in (*positive, "enhancement", "fading", "ambient", "set_voltage"):
            check_number(name, getattr(self, name), low=0.0, above=True)
        check_number("r_off", self.r_off, low=self.r_on, above=True)
        check_number("least_field", self.least_field, low=0.0)
        check_number("thermal_resistance", self.thermal_resistance, low=0.0)
        check_operating_point(self)

    @property
    def g_min(self) -> float:
        return 1.0 / self.r_off

    @property
    def g_max(self) -> float:
        return 1.0 / self.r_on

    def noise_free(self) -> "StanfordPKU":
        return replace(self, cycle_noise=None)

    def fabricate(self, shape: tuple[int, ...], generator: torch.Generator) -> StanfordPKUState:
        gap = torch.full(shape, self._gap(self.r_off), dtype=torch.float64)
        return StanfordPKUState(gap, torch.zeros_like(gap))

    def apply(
        self, state: StanfordPKUState, pulse: Pulse, generator: torch.Generator
    ) -> StanfordPKUState:
        check_same_shape("pulse", pulse.width, state.energy.shape, of="the cells")
        voltage = pulse.amplitude.reshape(-1).double()
        left = torch.where(voltage == 0, 0.0, pulse.width.reshape(-1).double())
        start = 1e9 * state.gap.reshape(-1)
        nanometres = start
        energy = state.energy.reshape(-1)
        noise = self.cycle_noise
        while (left > 0).any():
            part, kick = left, torch.zeros_like(left)
            if noise is not None:
                part = left.clamp(max=noise.interval)
                draw = torch.randn(left.shape, dtype=torch.float64, generator=generator)
                kick = 1e9 * noise.strength * draw
            nanometres, work = self._move(nanometres, voltage, part, kick)
            energy = energy + work
            left = left - part
        # As a difference, so that a gap that does not move keeps its last digit.
        shape = state.energy.shape
        gap = state.gap + 1e-9 * (nanometres - start).reshape(shape)
        return StanfordPKUState(gap, energy.reshape(shape))

    def current(self, state: StanfordPKUState, voltage: Tensor) -> Tensor:
        return self.i_0 * torch.exp(-state.gap / self.g_0) * torch.sinh(voltage / self.v_0)

    def _move(
        self, start: Tensor, voltage: Tensor, width: Tensor, kick: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Gap, nm, and energy after a time in which the fluctuation keeps its draw."""
        # Beyond this gap the enhanced field is too weak.
        least = self.enhancement - self.least_field * self.thickness / voltage.abs()
        reach = (least.clamp(min=0.0) / self.fading) ** (1 / 3)
        driven = (start <= reach).double()
        widest = torch.full_like(start, 1e9 * self._gap(self.r_off))
        high = torch.where(start <= reach, torch.minimum(reach, widest), widest)
        low = torch.full_like(start, 1e9 * self._gap(self.r_on))
        force = self.i_0 * torch.sinh(voltage / self.v_0)
        noise = self.cycle_noise

        def rate(gap: Tensor, cells: Tensor) -> tuple[Tensor, Tensor]:
            power = voltage[cells] * force[cells] * torch.exp(-1e-9 * gap / self.g_0)
            temperature = self.ambient + self.thermal_resistance * power
            speed = 1e9 * driven[cells] * self._speed(gap, voltage[cells], temperature)
            if noise is not None:
                cold = torch.exp((noise.critical - temperature) / noise.smoothing)
                speed = speed + kick[cells] / (1.0 + cold)
            return speed, power

        return travel(rate, start, width, low, high)

    def _speed(self, gap: Tensor, voltage: Tensor, temperature: Tensor) -> Tensor:
        kt = _BOLTZMANN_EV * temperature
        enhancement = self.enhancement - self.fading * gap**3
        tilt = enhancement * self.spacing / self.thickness * voltage / kt
        return -self.velocity * torch.exp(-self.activation / kt) * torch.sinh(tilt)

    def _gap(self, resistance: float) -> float:
        full = self.i_0 * math.sinh(self.read_voltage / self.v_0)
        return self.g_0 * math.log(full * resistance / self.read_voltage)
