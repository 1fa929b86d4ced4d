"""Metal-oxide memristors of UCSB: measured statics, and a conductance change per pulse."""

import csv
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources

import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.check import check_number, check_same_shape

from .operating_point import check_operating_point, warn_outside
from .published import Published

_READ_RANGE = 0.4  # V, of the static fit
_SET_RANGE = (0.8, 1.15)  # V
_RESET_RANGE = (-1.5, -0.8)  # V
_WIDTH_RANGE = (1e-7, 0.1)  # s


@dataclass(frozen=True)
class UCSBState:
    """State of UCSB cells.

    Args:
        conductance: (..., rows, cols), S. The G of the model, near the conductance at low voltage.
        current_deviation: (..., rows, cols). How far the cell's current is off, in the published
            standard deviations.
        step_deviation: (..., rows, cols). How far the cell's steps are off, in the published
            standard deviations.
        energy: (..., rows, cols), J. Dissipated since the cell was made.
    """

    conductance: Tensor
    current_deviation: Tensor
    step_deviation: Tensor
    energy: Tensor


@dataclass(frozen=True, kw_only=True)
class UCSB(Published, Device[UCSBState]):
    r"""Integrated Al2O3 / TiO2-x cell, fitted to many devices.

    .. math:: I = A_1(G, T) \, V + A_3(G, T) \, V^3

    .. math:: \Delta G = c_0 (1 - \tanh(c_1 (\ln t - c_2))) (1 + \tanh(c_3 V - c_4))
        \text{ for SET}, \quad
        c_0 (1 + \tanh(c_1 (\ln t - c_2))) (1 - \tanh(c_3 V - c_4)) \text{ for RESET}

    with c of the cell's range of conductance. It is a map per pulse: two half pulses are not one
    whole one. It holds for pulses from 100 ns to 100 ms, a SET from 0.8 V to 1.15 V and a RESET
    from -1.5 V to -0.8 V, and for currents up to 0.4 V; beyond those the chord of 0.4 V goes on,
    so that energies are estimates. The temporal noise of the publication is thermal noise of the
    read, which is a crossbar's; there is no cycle-to-cycle noise. Source: Nili et al., IEEE Trans.
    Nanotechnol. 19 (2020) 344 (doi 10.1109/TNANO.2020.2982128).

    Args:
        low: S. Conductance at which RESET ends. The fit begins at 3.16 uS, but below 10 uS no
            pulse within its limits moves a cell down noticeably.
        high: S. Conductance at which SET ends.
        temperature: K. Ambient temperature.
        set_voltage: V, positive. SET amplitude.
        reset_voltage: V, negative. RESET amplitude.
        read_voltage: V. Voltage at which a conductance is read.
        device_spread: Spread from cell to cell over the published one: 1 is that of the
            publication.
    """

    low: float = 10e-6
    high: float = 316e-6
    temperature: float = 298.15
    set_voltage: float = 1.0
    reset_voltage: float = -1.5
    read_voltage: float = 0.1
    device_spread: float = 0.0

    def __post_init__(self) -> None:
        check_number("low", self.low, low=3.16e-6)
        check_number("high", self.high, low=self.low, high=316e-6, above=True)
        check_number("temperature", self.temperature, low=274.0)
        check_number("set_voltage", self.set_voltage, low=_SET_RANGE[0], high=_SET_RANGE[1])
        check_number("reset_voltage", self.reset_voltage, low=_RESET_RANGE[0], high=_RESET_RANGE[1])
        check_number("read_voltage", self.read_voltage, high=_READ_RANGE)
        check_number("device_spread", self.device_spread, low=0.0)
        check_operating_point(self)

    @property
    def g_min(self) -> float:
        return self._nominal_conductance(self.low)

    @property
    def g_max(self) -> float:
        return self._nominal_conductance(self.high)

    def noise_free(self) -> "UCSB":
        return replace(self, device_spread=0.0)

    def fabricate(self, shape: tuple[int, ...], generator: torch.Generator) -> UCSBState:
        draw = torch.randn((2, *shape), dtype=torch.float64, generator=generator)
        current_deviation, step_deviation = self.device_spread * draw
        conductance = torch.full(shape, self.low, dtype=torch.float64)
        energy = torch.zeros_like(conductance)
        return UCSBState(conductance, current_deviation, step_deviation, energy)

    def apply(self, state: UCSBState, pulse: Pulse, generator: torch.Generator) -> UCSBState:
        check_same_shape("pulse", pulse.width, state.energy.shape, of="the cells")
        voltage, width = pulse.amplitude.double(), pulse.width.double()
        _warn_outside(voltage, width)
        step = _step(state, voltage, width.clamp(min=1e-300).log())
        step = torch.where((voltage == 0) | (width == 0), 0.0, step)
        conductance = (state.conductance + step).clamp(self.low, self.high)
        after = replace(state, conductance=conductance)
        current = 0.5 * (self.current(state, voltage) + self.current(after, voltage))
        return replace(after, energy=state.energy + voltage * current * width)

    def current(self, state: UCSBState, voltage: Tensor) -> Tensor:
        g, celsius = state.conductance, self.temperature - 273.15
        a1 = -2.58e-6 + 0.977 * g + 1.166e-7 * celsius
        a3 = 1.18 * g + 6596.0 * g.square() + 1.605e-3 * celsius**-1.33
        spread1 = -1.07e-6 + 0.25 * g + 2.2e-8 * celsius - 1300.0 * g.square()
        spread3 = 1.17e-5 + 1.3 * g - 1e-7 * celsius - 6500.0 * g.square() - 2.5e-3 * g * celsius
        size = voltage.abs().clamp(max=_READ_RANGE).square()
        off = state.current_deviation
        chord: Tensor = a1 + off * spread1 + (a3 + off * spread3) * size
        return chord * voltage

    def _nominal_conductance(self, conductance: float) -> float:
        one = torch.full((1, 1), conductance, dtype=torch.float64)
        zero = torch.zeros_like(one)
        return float(self.conductance(UCSBState(one, zero, zero, zero)))


def _step(state: UCSBState, voltage: Tensor, log_width: Tensor) -> Tensor:
    """Change of the conductance by a pulse, S."""
    edges, table = _coefficients()
    row = torch.bucketize(state.conductance, edges)
    up = voltage > 0
    c0, c1, c2, c3, c4, d0, d1, d2, d3, d4 = torch.where(
        up.unsqueeze(-1), table[0][row], table[1][row]
    ).unbind(-1)
    # A product of logistic functions: 1 - tanh y = 2 / (1 + e^(2 y)) keeps its digits when small.
    towards = torch.where(up, 2.0, -2.0)
    slow = torch.sigmoid(-towards * c1 * (log_width - c2))
    weak = torch.sigmoid(towards * (c3 * voltage - c4))
    square = voltage.square()
    spread = d0 + d1 * log_width.square() + (d2 * voltage + d3 * square) * log_width
    spread = spread + d4 * square * voltage
    return 4.0 * c0 * slow * weak * (1.0 + state.step_deviation * spread)


@lru_cache
def _coefficients() -> tuple[Tensor, Tensor]:
    """Inner edges of the ranges of conductance, S, and (2, ranges, 10) coefficients."""
    text = (resources.files(__package__) / "data" / "ucsb_nili2020.csv").read_text()
    rows = list(csv.reader(text.splitlines()))[1:]
    table = torch.tensor([[float(x) for x in row] for row in rows], dtype=torch.float64)
    return 1e-6 * table[1:, 0], torch.stack([table[:, 2:12], table[:, 12:]])


def _warn_outside(voltage: Tensor, width: Tensor) -> None:
    sets = (voltage >= _SET_RANGE[0]) & (voltage <= _SET_RANGE[1])
    resets = (voltage >= _RESET_RANGE[0]) & (voltage <= _RESET_RANGE[1])
    lasts = (width >= _WIDTH_RANGE[0]) & (width <= _WIDTH_RANGE[1])
    idle = (voltage.abs() <= _READ_RANGE) | (width == 0)
    valid = "UCSB holds for pulses of 100 ns to 100 ms with 0.8 V to 1.15 V or -1.5 V to -0.8 V"
    warn_outside(~(idle | ((sets | resets) & lasts)), valid)
