"""Soft bounds: the nearer to its limit, the less a pulse moves the cell."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.check import check_number, check_same_shape


@dataclass(frozen=True)
class SoftBoundsState:
    """State of soft-bounds cells.

    Args:
        conductance: (..., rows, cols), S.
        speed: (..., rows, cols). Switching speed of each cell over that of the model.
        energy: (..., rows, cols), J. Dissipated since the cell was made.
    """

    conductance: Tensor
    speed: Tensor
    energy: Tensor


@dataclass(frozen=True, kw_only=True)
class SoftBounds(Device[SoftBoundsState]):
    r"""Ohmic cell whose conductance relaxes towards the bound the pulse drives it to.

    .. math:: \dot G = \frac{G_\infty - G}{\tau}
        \frac{\sinh(|V| / V_0)}{\sinh(|V_{SET}| / V_0)}, \qquad
        G_\infty = G_{max} \text{ for SET}, \; G_{min} \text{ for RESET}

    It is the soft-bounds step device of the in-memory training literature (Fusi and Abbott,
    Nature Neuroscience 10 (2007) 485) with time and voltage in place of a pulse count. Its
    defaults are round numbers for teaching and testing; they describe no measured cell.

    Args:
        low: S. Conductance that RESET approaches.
        high: S. Conductance that SET approaches.
        tau: s. Relaxation time at the SET voltage.
        v0: V. Voltage that speeds strong switching up e-fold.
        set_voltage: V. SET amplitude.
        reset_voltage: V. RESET amplitude, of the other sign.
        read_voltage: V. Voltage at which a conductance is read.
        device_spread: Spread (of the logarithm) of the switching speed from cell to cell.
        cycle_noise: Spread (of the logarithm) of the switching speed from pulse to pulse.
    """

    low: float = 10e-6
    high: float = 100e-6
    tau: float = 1e-6
    v0: float = 0.2
    set_voltage: float = 1.0
    reset_voltage: float = -1.0
    read_voltage: float = 0.1
    device_spread: float = 0.0
    cycle_noise: float = 0.0

    def __post_init__(self) -> None:
        check_number("low", self.low, low=0.0, above=True)
        check_number("high", self.high, low=self.low, above=True)
        for name in ("tau", "v0", "read_voltage"):
            check_number(name, getattr(self, name), low=0.0, above=True)
        check_number("reset_voltage", -self.reset_voltage * self.set_voltage, low=0.0, above=True)
        check_number("device_spread", self.device_spread, low=0.0)
        check_number("cycle_noise", self.cycle_noise, low=0.0)

    @property
    def g_min(self) -> float:
        return self.low

    @property
    def g_max(self) -> float:
        return self.high

    def noise_free(self) -> "SoftBounds":
        return replace(self, device_spread=0.0, cycle_noise=0.0)

    def fabricate(self, shape: tuple[int, ...], generator: torch.Generator) -> SoftBoundsState:
        draw = torch.randn(shape, dtype=torch.float64, generator=generator)
        conductance = torch.full(shape, self.low, dtype=torch.float64)
        speed = torch.exp(self.device_spread * draw)
        return SoftBoundsState(conductance, speed, torch.zeros_like(conductance))

    def apply(
        self, state: SoftBoundsState, pulse: Pulse, generator: torch.Generator
    ) -> SoftBoundsState:
        check_same_shape("pulse", pulse.width, state.energy.shape, of="the cells")
        start = state.conductance
        towards_high = pulse.amplitude * self.set_voltage > 0
        bound = torch.where(towards_high, start.new_tensor(self.high), start.new_tensor(self.low))
        noise = torch.randn(start.shape, dtype=torch.float64, generator=generator)
        law = torch.sinh(pulse.amplitude.abs() / self.v0) / math.sinh(
            abs(self.set_voltage) / self.v0
        )
        rate = state.speed * law * torch.exp(self.cycle_noise * noise) / self.tau
        # The closed form: two half pulses equal one whole pulse.
        decay = torch.expm1(-rate * pulse.width)
        still = (rate == 0) | (pulse.width == 0)
        charge_time = torch.where(
            still, start * pulse.width, bound * pulse.width - (start - bound) * decay / rate
        )
        energy = state.energy + pulse.amplitude.square() * charge_time
        moved = torch.where(still, start, start - (bound - start) * decay)
        return SoftBoundsState(moved, state.speed, energy)

    def current(self, state: SoftBoundsState, voltage: Tensor) -> Tensor:
        return state.conductance * voltage
