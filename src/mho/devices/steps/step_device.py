"""What all step devices share: pulses are counted, and each moves a cell by one step."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.check import check_number, check_same_shape
from mho.core.random import kernel_key
from mho.core.threads import in_parts
from mho.devices.operating_point import check_operating_point

_CELLS_PER_THREAD = 1 << 14  # fewer take less time than starting a thread for them

Law = tuple[float, float, float, float, float]
"""Coefficients s0, s1, p, s2, q of a step s0 + s1 u^p + s2 e^(q u), as a share of the range."""


@dataclass(frozen=True, kw_only=True)
class StepSpread:
    """Device-to-device spread of step devices, Gaussian.

    A cell's lower bound is cut at a tenth of the nominal one, and its range at a tenth of the
    nominal range.

    Args:
        step: Relative standard deviation of the size of the steps.
        asymmetry: Standard deviation of half the difference of up and down steps, over their size.
        low: Standard deviation of the lower bound, as a share of the range.
        high: Standard deviation of the upper bound, as a share of the range.
    """

    step: float = 0.0
    asymmetry: float = 0.0
    low: float = 0.0
    high: float = 0.0

    def __post_init__(self) -> None:
        for name in ("step", "asymmetry", "low", "high"):
            check_number(name, getattr(self, name), low=0.0)


@dataclass(frozen=True)
class StepState:
    """State of step devices.

    Args:
        share: (..., rows, cols). Where the cell is in its range, from 0 to 1.
        read: (..., rows, cols). The same with the write noise of the last pulse: what is read.
        gain: (2, ..., rows, cols). Size of the cell's up and down steps over that of the model.
        bounds: (2, ..., rows, cols), S. Lower and upper bound of the cell.
        energy: (..., rows, cols), J. Dissipated since the cell was made.
    """

    share: Tensor
    read: Tensor
    gain: Tensor
    bounds: Tensor
    energy: Tensor


@dataclass(frozen=True, kw_only=True)
class StepDevice(Device[StepState]):
    """Ohmic cell that every pulse moves by one step, whose size depends on where the cell is.

    A pulse of the nominal width is one step, towards `high` if its amplitude has the sign of the
    SET voltage and towards `low` otherwise, whatever its size. A pulse of k widths is k steps one
    after the other, each with its own noise; the rest of a width is a step of that part of its
    size. Bounds are hard. This is how the in-memory training literature describes devices:
    Gokmen and Vlasov, Front. Neurosci. 10 (2016) 333 (doi 10.3389/fnins.2016.00333); Rasch et al.,
    AICAS 2021 (doi 10.1109/AICAS51828.2021.9458494). It gives weights without a unit, so `low`,
    `high`, `pulse_width` and the voltages are round numbers unless a preset says otherwise.

    Args:
        low: S. Lower bound.
        high: S. Upper bound.
        pulse_width: s. Width of a pulse that is one step.
        set_voltage: V. Amplitude of an up pulse.
        reset_voltage: V. Amplitude of a down pulse, of the other sign.
        read_voltage: V. Voltage at which a conductance is read.
        cycle_noise: Spread of a step over its size.
        added_noise: Spread of a step that is the same everywhere, as a share of the range.
        write_noise: Spread of what is read after a pulse, as a share of the range; later steps
            start from where the cell is, not from what is read, and what is read stays in bounds.
        device_spread: Spread from cell to cell, none if left out.
    """

    low: float = 10e-6
    high: float = 100e-6
    pulse_width: float = 1e-6
    set_voltage: float = 1.0
    reset_voltage: float = -1.0
    read_voltage: float = 0.1
    cycle_noise: float = 0.0
    added_noise: float = 0.0
    write_noise: float = 0.0
    device_spread: StepSpread | None = None

    def __post_init__(self) -> None:
        check_number("low", self.low, low=0.0, above=True)
        check_number("high", self.high, low=self.low, above=True)
        check_number("pulse_width", self.pulse_width, low=0.0, above=True)
        for name in ("cycle_noise", "added_noise", "write_noise"):
            check_number(name, getattr(self, name), low=0.0)
        check_operating_point(self)

    @abstractmethod
    def laws(self) -> tuple[Law, Law]:
        """Coefficients of the up and of the down step.

        In both, u is 1 at the bound that the step leaves and 0 at the bound that it goes to.
        """

    @property
    def g_min(self) -> float:
        return self.low

    @property
    def g_max(self) -> float:
        return self.high

    def noise_free(self) -> Self:
        return replace(self, cycle_noise=0.0, added_noise=0.0, write_noise=0.0, device_spread=None)

    def fabricate(self, shape: tuple[int, ...], generator: torch.Generator) -> StepState:
        spread = self.device_spread or StepSpread()
        draw = torch.randn((4, *shape), dtype=torch.float64, generator=generator)
        nominal = self.high - self.low
        low = (self.low + nominal * spread.low * draw[0]).clamp(min=0.1 * self.low)
        high = torch.maximum(self.high + nominal * spread.high * draw[1], low + 0.1 * nominal)
        gain, skew = 1.0 + spread.step * draw[2], spread.asymmetry * draw[3]
        share = torch.zeros(shape, dtype=torch.float64)
        gains = torch.stack([gain + skew, gain - skew]).abs()
        return StepState(share, share, gains, torch.stack([low, high]), share)

    def apply(self, state: StepState, pulse: Pulse, generator: torch.Generator) -> StepState:
        from .kernel import step_cells

        check_same_shape("pulse", pulse.width, state.energy.shape, of="the cells")
        towards_high = torch.sign(pulse.amplitude.double() * self.set_voltage)
        count = (towards_high * pulse.width / self.pulse_width).reshape(-1).numpy()
        low, high = state.bounds
        width = high - low
        passed = torch.zeros_like(width)
        rows = [state.share, state.read, *state.gain, passed, width / (self.high - self.low)]
        cells = torch.stack(rows)
        noise = (self.cycle_noise, self.added_noise, self.write_noise)
        flat = cells.flatten(1).numpy()
        rest = flat, self.laws(), noise, kernel_key(generator)
        in_parts(
            lambda begin, end: step_cells(begin, end, count, *rest),
            state.energy.numel(),
            least=_CELLS_PER_THREAD,
        )
        charge = low * pulse.width * towards_high.abs() + width * cells[4] * self.pulse_width
        energy = state.energy + pulse.amplitude.square() * charge
        return StepState(cells[0], cells[1], state.gain, state.bounds, energy)

    def current(self, state: StepState, voltage: Tensor) -> Tensor:
        low, high = state.bounds
        conductance: Tensor = low + (high - low) * state.read
        return conductance * voltage
