"""What all JART VCM v1b cells share: the filament, its rate equation and its noise."""

import math
from abc import abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mho.core import Device, Pulse, Trace
from mho.core.check import check_finite, check_number, check_same_shape
from mho.core.random import kernel_key
from mho.core.threads import in_parts
from mho.devices.published import Published

from .filament import FilamentSpread, FilamentWalk

if TYPE_CHECKING:
    from .table import Range

Array = NDArray[Any]

_CELLS_PER_THREAD = 1 << 8  # fewer take less time than starting a thread for them
_FOREVER = 1 << 62  # steps


@dataclass(frozen=True)
class JartState:
    """State of JART cells.

    Args:
        filament: (5, ..., rows, cols). Vacancy concentration in the disc, its lower and upper
            bound (m^-3), filament radius and disc length (m), as they are now.
        nominal: (4, ..., rows, cols). Lower and upper bound (m^-3), radius and length (m) that
            the cell was made with.
        energy: (..., rows, cols), J. Dissipated since the cell was made.
    """

    filament: Tensor
    nominal: Tensor
    energy: Tensor


@dataclass(frozen=True, kw_only=True)
class Jart(Published, Device[JartState]):
    r"""Pt/HfO2/TiOx/Ti cell after JART VCM v1b; subclasses say which law its current follows.

    Oxygen vacancies hop along the field into the disc under the electrode (SET, negative voltage)
    or out of it (RESET); Joule heating makes it abrupt:

    .. math:: \dot N = -\frac{a \nu_0 (N_{plug} + N)}{l} F(N)
        e^{-\bar W / k T} \sinh\frac{\Delta W}{2 k T}, \qquad
        T = T_0 + I (V - I R_{ser}) R_{th}

    The pulse is integrated with error control, so its width is not quantised. Source: Bengel et
    al., IEEE TCAS-I 67 (2020) 4618.

    Args:
        set_voltage: V, negative. SET amplitude of the operating point.
        reset_voltage: V, positive. RESET amplitude of the operating point.
        read_voltage: V. Voltage at which a conductance is read.
        n_low: m^-3. Vacancy concentration below which the operating point does not RESET.
        n_high: m^-3. Vacancy concentration above which the operating point does not SET.
        n_min: m^-3. Lower bound of the physics; the RESET slows down towards it.
        n_max: m^-3. Upper bound of the physics; the SET slows down towards it.
        radius: m. Filament radius.
        length: m. Length of the disc.
        device_spread: Spread from cell to cell, none if left out.
        cycle_noise: Random walk of the filament while it is pulsed, none if left out.
    """

    set_voltage: float = -0.342
    reset_voltage: float = 0.7065
    read_voltage: float = 0.2
    n_low: float = 0.06e26
    n_high: float = 1.9897452127440086e26
    n_min: float = 0.008e26
    n_max: float = 20e26
    radius: float = 45e-9
    length: float = 0.4e-9
    device_spread: FilamentSpread | None = None
    cycle_noise: FilamentWalk | None = None

    def __post_init__(self) -> None:
        check_number("set_voltage", self.set_voltage, low=-2.0, high=-1e-3)
        check_number("reset_voltage", self.reset_voltage, low=1e-3, high=2.0)
        check_number("read_voltage", self.read_voltage, low=1e-3, high=0.4)
        check_number("n_min", self.n_min, low=0.004e26)
        check_number("n_low", self.n_low, low=self.n_min)
        check_number("n_high", self.n_high, low=self.n_low, above=True)
        check_number("n_max", self.n_max, low=self.n_high, high=22e26)
        check_number("radius", self.radius, low=40.5e-9, high=49.5e-9)
        check_number("length", self.length, low=0.36e-9, high=0.44e-9)

    @property
    def g_min(self) -> float:
        return self._nominal_conductance(self.n_low)

    @property
    def g_max(self) -> float:
        return self._nominal_conductance(self.n_high)

    def noise_free(self) -> Self:
        return replace(self, device_spread=None, cycle_noise=None)

    def fabricate(self, shape: tuple[int, ...], generator: torch.Generator) -> JartState:
        spread = self.device_spread
        nominal = torch.tensor(
            [self.n_min, self.n_max, self.radius, self.length], dtype=torch.float64
        )
        nominal = nominal.reshape(4, *[1] * len(shape)).repeat(1, *shape)
        if spread is not None:
            draw = torch.randn(nominal.shape, dtype=torch.float64, generator=generator)
            for row, sigma in enumerate((spread.n_min, spread.n_max, spread.radius, spread.length)):
                limit = 0.9 if row == 0 else spread.limit
                nominal[row] *= 1.0 + (sigma * draw[row]).clamp(-limit, limit)
        fresh = torch.full((1, *shape), self.n_low, dtype=torch.float64)
        energy = torch.zeros(shape, dtype=torch.float64)
        return JartState(torch.cat([fresh, nominal]), nominal, energy)

    def apply(self, state: JartState, pulse: Pulse, generator: torch.Generator) -> JartState:
        from .kernel import pulse_cells

        check_same_shape("pulse", pulse.width, state.energy.shape, of="the cells")
        filament = state.filament.clone(memory_format=torch.contiguous_format)
        energy = state.energy.clone(memory_format=torch.contiguous_format)
        cells = (
            pulse.amplitude.reshape(-1).double().numpy(),
            pulse.width.reshape(-1).double().numpy(),
            filament.flatten(1).numpy(),
            state.nominal.flatten(1).numpy(),
            energy.view(-1).numpy(),
            (self.n_low, self.n_high),
            *self._walk,
            kernel_key(generator),
            np.zeros(energy.numel(), np.uint64),
            np.zeros(energy.numel(), np.int64),
        )
        self._leap(*cells)
        in_parts(
            lambda begin, end: pulse_cells(begin, end, self._law, *cells),
            energy.numel(),
            least=_CELLS_PER_THREAD,
        )
        return JartState(filament, state.nominal, energy)

    def trace(
        self,
        state: JartState,
        pulse: Pulse,
        generator: torch.Generator,
        *,
        step: float,
        target: Tensor | None = None,
    ) -> Trace[JartState]:
        check_number("step", step, low=0.0, above=True)
        check_same_shape("pulse", pulse.width, state.energy.shape, of="the cells")
        walk, interval = self._walk
        every = _FOREVER if interval == math.inf else round(interval / step)
        if interval < math.inf and not math.isclose(every * step, interval):
            return super().trace(state, pulse, generator, step=step, target=target)
        from .traces import Course
        from .tracing import trace

        limits = (self.n_low, self.n_high)
        key = kernel_key(generator)
        course = Course(self.read_voltage, limits, walk, step, interval, every, key)
        return trace(self, state, pulse, target, course)

    def current(self, state: JartState, voltage: Tensor) -> Tensor:
        from .kernel import cell_currents

        check_finite("voltage", voltage)
        voltage = voltage.double().expand_as(state.energy).contiguous()
        current = torch.empty_like(voltage)
        filament = state.filament.flatten(1).numpy()
        cells = voltage.view(-1).numpy(), filament, current.view(-1).numpy()
        in_parts(
            lambda begin, end: cell_currents(begin, end, self._law, *cells),
            current.numel(),
            least=_CELLS_PER_THREAD,
        )
        return current

    @property
    @abstractmethod
    def _law(self) -> Any:
        """Law of the current, as compiled kernels take it."""

    @property
    def _walk(self) -> tuple[tuple[float, ...], float]:
        """Steps and bounds of the walk, as kernels take them, and its interval, s."""
        if self.cycle_noise is None:
            return (0.0,) * 10, math.inf
        return self.cycle_noise.relative, self.cycle_noise.interval

    def _leap(self, amplitude: Array, width: Array, *cells: Any) -> None:
        """Do the whole noise intervals of long pulses at the voltages of the operating point."""
        if self.cycle_noise is None:
            return
        from .lanes import WORTHWHILE, empty_lanes
        from .leaps import leap_cells
        from .table import TERMS, rate_table

        if width.max() < WORTHWHILE * self.cycle_noise.interval:
            return
        for voltage in {self.set_voltage, self.reset_voltage}.intersection(amplitude.tolist()):
            table = rate_table(self._law, voltage, self._covered)

            def leap(begin: int, end: int, v: float = voltage, table: Any = table) -> None:
                lanes = empty_lanes(TERMS)
                leap_cells(begin, end, lanes, self._law, v, table, amplitude, width, *cells)

            in_parts(leap, len(width), least=_CELLS_PER_THREAD)

    @cached_property
    def _covered(self) -> "Range":
        from .table import Range

        walk = self.cycle_noise or FilamentWalk()
        return Range(
            self.n_low * 1e-26,
            self.n_high * 1e-26,
            self.radius,
            self.length,
            0.0 if self.device_spread is None else self.device_spread.limit,
            (walk.radius_bound, walk.length_bound),
        )

    def _nominal_conductance(self, concentration: float) -> float:
        state = self.noise_free().fabricate((1, 1), torch.Generator())
        state.filament[0] = concentration
        return float(self.conductance(state))
