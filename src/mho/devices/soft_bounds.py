"""Soft bounds: the nearer to its limit, the less a pulse moves the cell."""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.check import check_number, check_same_shape
from mho.core.threads import in_parts

from .operating_point import check_operating_point
from .published import Published

_CELLS_PER_THREAD = 1 << 15  # fewer take less time than starting a thread for them


@dataclass(frozen=True)
class SoftBoundsState:
    """State of soft-bounds cells.

    Args:
        conductance: (..., rows, cols), S. Where the cell is.
        read: (..., rows, cols), S. The same with the write noise of the last pulse: what is read.
        speed: (..., rows, cols). Switching speed of each cell over that of the model.
        energy: (..., rows, cols), J. Dissipated since the cell was made.
    """

    conductance: Tensor
    read: Tensor
    speed: Tensor
    energy: Tensor


@dataclass(frozen=True, kw_only=True)
class SoftBounds(Published, Device[SoftBoundsState]):
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
        write_noise: Spread of what is read after a pulse, as a share of the range; later pulses
            start from where the cell is, not from what is read, and what is read stays in bounds.
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
    write_noise: float = 0.0

    def __post_init__(self) -> None:
        check_number("low", self.low, low=0.0, above=True)
        check_number("high", self.high, low=self.low, above=True)
        for name in ("tau", "v0"):
            check_number(name, getattr(self, name), low=0.0, above=True)
        check_operating_point(self)
        for name in ("device_spread", "cycle_noise", "write_noise"):
            check_number(name, getattr(self, name), low=0.0)

    @property
    def g_min(self) -> float:
        return self.low

    @property
    def g_max(self) -> float:
        return self.high

    def noise_free(self) -> "SoftBounds":
        return replace(self, device_spread=0.0, cycle_noise=0.0, write_noise=0.0)

    def fabricate(self, shape: tuple[int, ...], generator: torch.Generator) -> SoftBoundsState:
        draw = torch.randn(shape, dtype=torch.float64, generator=generator)
        conductance = torch.full(shape, self.low, dtype=torch.float64)
        speed = torch.exp(self.device_spread * draw)
        return SoftBoundsState(conductance, conductance, speed, torch.zeros_like(conductance))

    def apply(
        self, state: SoftBoundsState, pulse: Pulse, generator: torch.Generator
    ) -> SoftBoundsState:
        from .soft_bounds_kernel import pulse_cells

        shape = state.energy.shape
        check_same_shape("pulse", pulse.width, shape, of="the cells")
        noise = torch.empty(0)
        if self.cycle_noise > 0.0:
            # Seven digits of a noise are plenty, and take a fifth of the time.
            draw = torch.randn(shape, dtype=torch.float32, generator=generator)
            noise = draw.mul_(self.cycle_noise).exp_()
        after = torch.empty((2, *shape), dtype=torch.float64)
        rest = (
            (_flat(pulse.amplitude), _flat(pulse.width)),
            (_flat(state.conductance), _flat(state.speed), _flat(state.energy)),
            noise.reshape(-1).numpy(),
            (_flat(after[0]), _flat(after[1])),
            (self.low, self.high, self.tau, self.v0, self.set_voltage),
        )
        in_parts(
            lambda begin, end: pulse_cells(begin, end, *rest),
            state.energy.numel(),
            least=_CELLS_PER_THREAD,
        )
        read = after[0]
        if self.write_noise > 0.0:
            read = self._read(state, pulse, after[0], generator)
        return SoftBoundsState(after[0], read, state.speed, after[1])

    def current(self, state: SoftBoundsState, voltage: Tensor) -> Tensor:
        return state.read * voltage

    def _read(
        self, before: SoftBoundsState, pulse: Pulse, after: Tensor, generator: torch.Generator
    ) -> Tensor:
        draw = torch.randn(after.shape, dtype=torch.float64, generator=generator)
        read = after + self.write_noise * (self.high - self.low) * draw
        pulsed = (pulse.width > 0) & (pulse.amplitude != 0)
        return torch.where(pulsed, read.clamp(self.low, self.high), before.read)


def _flat(tensor: Tensor) -> Any:
    return tensor.reshape(-1).double().numpy()
