"""JART-TUD: a valence-change memristor by physics, with an explicit current."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.check import check_finite, check_number, check_same_shape
from mho.core.random import kernel_key
from mho.core.threads import in_parts

from .published import Published

_CELLS_PER_THREAD = 1 << 8  # fewer take less time than starting a thread for them


@dataclass(frozen=True, kw_only=True)
class FilamentSpread:
    """Device-to-device spread of the filament: Gaussian, cut at the limits the fit is valid in.

    Args:
        n_min: Relative standard deviation of the lower vacancy concentration.
        n_max: Relative standard deviation of the upper vacancy concentration.
        radius: Relative standard deviation of the filament radius.
        length: Relative standard deviation of the disc length.
        limit: Relative deviation at which `n_max`, `radius` and `length` are cut.
    """

    n_min: float = 0.05
    n_max: float = 0.05
    radius: float = 0.03
    length: float = 0.03
    limit: float = 0.1

    def __post_init__(self) -> None:
        for name in ("n_min", "n_max", "radius", "length"):
            check_number(name, getattr(self, name), low=0.0)
        check_number("limit", self.limit, low=0.0, high=0.1)


@dataclass(frozen=True, kw_only=True)
class FilamentWalk:
    """Cycle-to-cycle noise: a random walk of the filament while it is pulsed.

    After every `interval` of pulse each parameter is multiplied by 1 + step * U with U uniform in
    (-1, 1), radius and length also by the share of a full switching that the interval brought
    about. Every parameter stays within its bound of the cell's own nominal value. Source: Yu et
    al., Asilomar 2022 (doi 10.1109/IEEECONF56349.2022.10052010).

    Args:
        n_min: Relative step of the lower vacancy concentration.
        n_max: Relative step of the upper vacancy concentration.
        radius: Relative step of the filament radius.
        length: Relative step of the disc length.
        switched_radius: Relative step of the radius for a full switching.
        switched_length: Relative step of the length for a full switching.
        n_min_bound: Relative bound of the lower vacancy concentration.
        n_max_bound: Relative bound of the upper vacancy concentration.
        radius_bound: Relative bound of the radius.
        length_bound: Relative bound of the length.
        interval: s. Time of pulse between two random steps.
    """

    n_min: float = 0.9
    n_max: float = 0.1
    radius: float = 0.01
    length: float = 0.01
    switched_radius: float = 0.1
    switched_length: float = 0.1
    n_min_bound: float = 0.9
    n_max_bound: float = 0.1
    radius_bound: float = 0.1
    length_bound: float = 0.1
    interval: float = 1e-6

    def __post_init__(self) -> None:
        check_number("interval", self.interval, low=0.0, above=True)
        for name in ("n_min", "n_max", "radius", "length"):
            check_number(name, getattr(self, name), low=0.0)
            check_number(f"{name}_bound", getattr(self, f"{name}_bound"), low=0.0, high=0.999)


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
class JartTUD(Published, Device[JartState]):
    r"""Pt/HfO2/TiOx/Ti cell after JART VCM v1b, with the variability-aware explicit current.

    Oxygen vacancies hop along the field into the disc under the electrode (SET, negative voltage)
    or out of it (RESET); Joule heating makes it abrupt:

    .. math:: \dot N = -\frac{a \nu_0 (N_{plug} + N)}{l} F(N)
        e^{-\bar W / k T} \sinh\frac{\Delta W}{2 k T}, \qquad
        T = T_0 + I (V - I R_{ser}) R_{th}

    The pulse is integrated with error control, so its width is not quantised. Sources: Bengel et
    al., IEEE TCAS-I 67 (2020) 4618; Ntinas et al., SMACD 2023 (doi
    10.1109/SMACD58065.2023.10192107).

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

    def noise_free(self) -> "JartTUD":
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
        from .jart_kernel import pulse_cells

        check_same_shape("pulse", pulse.width, state.energy.shape, of="the cells")
        filament = state.filament.clone(memory_format=torch.contiguous_format)
        energy = state.energy.clone(memory_format=torch.contiguous_format)
        cells = (
            pulse.amplitude.reshape(-1).double().numpy(),
            pulse.width.reshape(-1).double().numpy(),
            filament.flatten(1).numpy(),
            state.nominal.flatten(1).numpy(),
            energy.view(-1).numpy(),
        )
        limits = (self.n_low, self.n_high)
        interval = math.inf if self.cycle_noise is None else self.cycle_noise.interval
        noise = (self._steps(), interval, kernel_key(generator))
        in_parts(
            lambda begin, end: pulse_cells(begin, end, *cells, limits, *noise),
            energy.numel(),
            least=_CELLS_PER_THREAD,
        )
        return JartState(filament, state.nominal, energy)

    def current(self, state: JartState, voltage: Tensor) -> Tensor:
        from .jart_kernel import cell_currents

        check_finite("voltage", voltage)
        voltage = voltage.double().expand_as(state.energy).contiguous()
        current = torch.empty_like(voltage)
        filament = state.filament.flatten(1).numpy()
        cells = voltage.view(-1).numpy(), filament, current.view(-1).numpy()
        in_parts(
            lambda begin, end: cell_currents(begin, end, *cells),
            current.numel(),
            least=_CELLS_PER_THREAD,
        )
        return current

    def _nominal_conductance(self, concentration: float) -> float:
        state = self.noise_free().fabricate((1, 1), torch.Generator())
        state.filament[0] = concentration
        return float(self.conductance(state))

    def _steps(self) -> tuple[float, ...]:
        walk = self.cycle_noise
        if walk is None:
            return (0.0,) * 10
        steps = (walk.n_min, walk.n_max, walk.radius, walk.length)
        switched = (walk.switched_radius, walk.switched_length)
        bounds = (walk.n_min_bound, walk.n_max_bound, walk.radius_bound, walk.length_bound)
        return (*steps, *switched, *bounds)
