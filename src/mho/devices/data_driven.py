"""Data-driven model: a resistance that moves towards a bound set by the voltage."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.check import argument_error, check_number, check_same_shape

from .operating_point import check_operating_point
from .published import Published


@dataclass(frozen=True)
class DataDrivenState:
    """State of data-driven cells.

    Args:
        resistance: (..., rows, cols), Ohm. Static resistance, without the curvature of the current.
        energy: (..., rows, cols), J. Dissipated since the cell was made.
    """

    resistance: Tensor
    energy: Tensor


@dataclass(frozen=True, kw_only=True)
class DataDriven(Published, Device[DataDrivenState]):
    r"""TiOx cell whose switching rate was read off pulse measurements.

    .. math:: \dot R = -s(V) (R - r(V))^2, \qquad
        s = A \, (e^{|V| / t} - 1), \quad r = a_0 + a_1 V, \qquad
        I = \frac{a}{R} \sinh(b V)

    with parameters of their own for either sign of V. A positive voltage lowers a resistance that
    is above r, a negative one raises a resistance that is below it; the other way they do nothing.
    State and energy of a pulse are closed forms. There is no threshold and no noise. Source:
    Messaris et al., IEEE TCAD 37 (2018) 3151 (doi 10.1109/TCAD.2018.2791468).

    Args:
        set_rate: 1 / (Ohm s), positive. A of positive voltages; with negative `set_scale` it is
            also the fastest rate there can be.
        reset_rate: 1 / (Ohm s), negative. A of negative voltages.
        set_scale: V, not 0. The t of positive voltages.
        reset_scale: V, not 0. The t of negative voltages.
        set_bound: Ohm and Ohm / V. The a_0 and a_1 of positive voltages.
        reset_bound: Ohm and Ohm / V. The a_0 and a_1 of negative voltages.
        amplitude: Dimensionless a of the current.
        curvature: 1 / V. The b of the current.
        r_on: Ohm. Resistance at which SET ends.
        r_off: Ohm. Resistance at which RESET ends.
        set_voltage: V, positive. SET amplitude.
        reset_voltage: V, negative. RESET amplitude.
        read_voltage: V. Voltage at which a conductance is read.
    """

    set_rate: float = 600.10075
    reset_rate: float = -34.5988399
    set_scale: float = -0.0212028
    reset_scale: float = -0.05343997
    set_bound: tuple[float, float] = (2699.2336, -672.930205)
    reset_bound: tuple[float, float] = (649.413746, -1474.32358)
    amplitude: float = 0.32046175
    curvature: float = 2.71689828
    r_on: float = 1600.0
    r_off: float = 3000.0
    set_voltage: float = 1.5
    reset_voltage: float = -1.5
    read_voltage: float = 0.1

    def __post_init__(self) -> None:
        for name in ("set_rate", "amplitude", "curvature", "r_on", "set_voltage"):
            check_number(name, getattr(self, name), low=0.0, above=True)
        check_number("-reset_rate", -self.reset_rate, low=0.0, above=True)
        check_number("r_off", self.r_off, low=self.r_on, above=True)
        for name in ("set_scale", "reset_scale"):
            if not getattr(self, name):
                raise argument_error(name, "differ from 0", "is 0")
        check_operating_point(self)

    @property
    def g_min(self) -> float:
        slope, offset = self.reset_bound[1], self.reset_bound[0]
        return self._factor / min(self.r_off, offset + slope * self.reset_voltage)

    @property
    def g_max(self) -> float:
        slope, offset = self.set_bound[1], self.set_bound[0]
        return self._factor / max(self.r_on, offset + slope * self.set_voltage)

    def noise_free(self) -> "DataDriven":
        return self

    def fabricate(self, shape: tuple[int, ...], generator: torch.Generator) -> DataDrivenState:
        resistance = torch.full(shape, self._factor / self.g_min, dtype=torch.float64)
        return DataDrivenState(resistance, torch.zeros_like(resistance))

    def apply(
        self, state: DataDrivenState, pulse: Pulse, generator: torch.Generator
    ) -> DataDrivenState:
        check_same_shape("pulse", pulse.width, state.energy.shape, of="the cells")
        start, width = state.resistance, pulse.width
        speed, bound = self._law(pulse.amplitude.double())
        away = start - bound
        speed = torch.where((away * pulse.amplitude > 0) & (width > 0), speed, 0.0)
        # R - r falls as 1 / (1 / away + speed t): the slower, the nearer it is.
        end = bound + away / (1.0 + speed * away * width)
        limits = pulse.amplitude.double().new_tensor([self.r_on, self.r_off])
        limit = torch.where(pulse.amplitude > 0, limits[0], limits[1])
        past = (end - limit) * pulse.amplitude < 0
        to_limit = (away / (limit - bound) - 1.0) / (speed * away)
        moving = torch.where(past, to_limit, width)
        charge_time = torch.where(
            speed == 0, width / start, self._passed(bound, away, speed, moving)
        )
        charge_time = charge_time + torch.where(past, (width - moving) / limit, 0.0)
        end = torch.where(speed == 0, start, torch.where(past, limit, end))
        force = self.amplitude * torch.sinh(self.curvature * pulse.amplitude)
        return DataDrivenState(end, state.energy + pulse.amplitude * force * charge_time)

    def current(self, state: DataDrivenState, voltage: Tensor) -> Tensor:
        return self.amplitude * torch.sinh(self.curvature * voltage) / state.resistance

    @property
    def _factor(self) -> float:
        """Conductance at the read voltage, times the static resistance."""
        return self.amplitude * math.sinh(self.curvature * self.read_voltage) / self.read_voltage

    def _law(self, voltage: Tensor) -> tuple[Tensor, Tensor]:
        """Speed towards the bound, and the bound."""
        up = voltage > 0
        size = voltage.abs()
        rise = self.set_rate * torch.expm1(size / self.set_scale)
        fall = self.reset_rate * torch.expm1(size / self.reset_scale)
        speed = -torch.where(up, rise, fall)
        low = self.set_bound[0] + self.set_bound[1] * voltage
        high = self.reset_bound[0] + self.reset_bound[1] * voltage
        return speed, torch.where(up, low, high)

    def _passed(self, bound: Tensor, away: Tensor, speed: Tensor, time: Tensor) -> Tensor:
        """Integral of 1 / R over the time in which R moves."""
        grown = speed * away * bound * time / (bound + away)
        return time / bound - torch.log1p(grown) / (speed * bound.square())
