"""Synaptogen: a memristor by statistics, generated cycle by cycle out of a measured array."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.check import check_finite, check_number, check_range, check_same_shape
from mho.core.random import kernel_key
from mho.core.threads import in_parts
from mho.devices.published import Published

from .parameters import published_fit, published_population

_CELLS_PER_THREAD = 1 << 12  # fewer take less time than starting a thread for them
_LARGEST = 2.0  # V. The curves were fitted up to 1.5 V; soon after this they change sign.


@dataclass(frozen=True)
class SynaptogenState:
    """State of Synaptogen cells.

    Args:
        population: (..., rows, cols, 8). Centre of the four features of each cell, and their spread
            from cycle to cycle. The features are HRS (log10 of ohm), SET voltage (V), LRS (ohm) and
            RESET voltage (V).
        history: (..., rows, cols, 4 * order). Normal numbers behind the features of the cycles
            remembered, the current one first; in single precision, as they fill the memory.
        features: (..., rows, cols, 4). Features of the current cycle: ohm, V, ohm, V.
        mixing: (..., rows, cols). Place between the conductive bound, 0, and the insulating one, 1.
        threshold: (..., rows, cols), V. Voltage above which the cell RESETs, or RESETs further.
        phase: (..., rows, cols). 0 after a full RESET, 1 after a SET, 2 after a partial RESET.
        energy: (..., rows, cols), J. Dissipated since the cell was made.
    """

    population: Tensor
    history: Tensor
    features: Tensor
    mixing: Tensor
    threshold: Tensor
    phase: Tensor
    energy: Tensor


@dataclass(frozen=True, kw_only=True)
class Synaptogen(Published, Device[SynaptogenState]):
    r"""Statistical model of a measured array, with history from cycle to cycle.

    A cycle begins with a RESET and has four features: the resistances of HRS and LRS, and the
    voltages of SET and RESET. They follow a vector autoregression of the cycles before,

    .. math:: x_n = B \epsilon_n + \sum_{i=1}^{p} A_i x_{n-i}, \qquad
        y_n = \mu + \sigma \, \Gamma(x_n)

    with a polynomial for each feature and a centre and spread for each cell. The current lies
    between two bounds, :math:`I(V) = (1 - r) I_L(V) + r I_H(V)`. The amplitude of a pulse alone
    decides: the model is quasi-static, so that a cell switches at once, and a pulse dissipates
    :math:`V I(V)` of the state it leads to for all of its width. Sources: Hennen et al., Front.
    Neurosci. 16 (2022) 941753 (doi 10.3389/fnins.2022.941753); parameters of the Python package
    synaptogen 0.2.0 (MIT licence).

    Args:
        set_voltage: V, negative. SETs all but a few outliers of the mixture.
        reset_voltage: V, positive. At 1.46 V and more a RESET is complete.
        read_voltage: V. Voltage at which a conductance is read.
        order: Cycles remembered, 1 to 10.
        device_spread: Spread from cell to cell, relative to that of the measured array.
        cycle_noise: Spread from cycle to cycle, relative to that of the measured array.
    """

    set_voltage: float = -1.5
    reset_voltage: float = 1.5
    read_voltage: float = 0.2
    order: int = 10
    device_spread: float = 1.0
    cycle_noise: float = 1.0

    def __post_init__(self) -> None:
        check_number("set_voltage", self.set_voltage, low=-_LARGEST, high=-1.0)
        check_number("reset_voltage", self.reset_voltage, low=1.46, high=_LARGEST)
        check_number("read_voltage", self.read_voltage, low=1e-3, high=0.4)
        check_number("order", self.order, low=1, high=10)
        check_number("device_spread", self.device_spread, low=0.0)
        check_number("cycle_noise", self.cycle_noise, low=0.0)

    @property
    def g_min(self) -> float:
        return self._nominal_conductance(self.reset_voltage)

    @property
    def g_max(self) -> float:
        return self._nominal_conductance(self.set_voltage)

    def noise_free(self) -> "Synaptogen":
        return replace(self, device_spread=0.0, cycle_noise=0.0)

    def fabricate(self, shape: tuple[int, ...], generator: torch.Generator) -> SynaptogenState:
        from .kernel import make_cells

        state = SynaptogenState(
            population=self._population(shape, generator),
            history=torch.zeros(*shape, 4 * self.order, dtype=torch.float32),
            features=torch.empty(*shape, 4, dtype=torch.float64),
            mixing=torch.empty(shape, dtype=torch.float64),
            threshold=torch.empty(shape, dtype=torch.float64),
            phase=torch.zeros(shape, dtype=torch.uint8),
            energy=torch.zeros(shape, dtype=torch.float64),
        )
        make_cells(
            self.cycle_noise, published_fit(self.order), _cells(state), kernel_key(generator)
        )
        return state

    def apply(
        self, state: SynaptogenState, pulse: Pulse, generator: torch.Generator
    ) -> SynaptogenState:
        from .kernel import CONDUCTIVE, pulse_cells

        check_same_shape("pulse", pulse.width, state.energy.shape, of="the cells")
        _check_voltage("pulse.amplitude", pulse.amplitude)
        amplitude, width = pulse.amplitude.double(), pulse.width.double()
        leaving = (state.phase == CONDUCTIVE) & (amplitude > state.threshold) & (width > 0)
        past = state.history.reshape(-1, 4 * self.order).numpy()
        cycle = bool(leaving.any())
        after = SynaptogenState(
            population=state.population,
            # Most of the state is history, and most pulses leave it as it is.
            history=_like(state.history) if cycle else state.history,
            features=_copy(state.features) if cycle else state.features,
            mixing=_copy(state.mixing),
            threshold=_copy(state.threshold),
            phase=_copy(state.phase),
            energy=_copy(state.energy),
        )
        cells, sent = _cells(after), (amplitude.reshape(-1).numpy(), width.reshape(-1).numpy())
        settings = self.cycle_noise, published_fit(self.order), past if cycle else past[:0]
        key = kernel_key(generator)
        in_parts(
            lambda begin, end: pulse_cells(begin, end, sent, *settings, cells, key),
            after.energy.numel(),
            least=_CELLS_PER_THREAD,
        )
        return after

    def current(self, state: SynaptogenState, voltage: Tensor) -> Tensor:
        from .kernel import cell_currents

        check_finite("voltage", voltage)
        _check_voltage("voltage", voltage)
        voltage = voltage.double().expand_as(state.energy).contiguous()
        current = torch.empty_like(voltage)
        fit, mixing = published_fit(self.order), state.mixing.reshape(-1).numpy()
        bias, out = voltage.view(-1).numpy(), current.view(-1).numpy()
        in_parts(
            lambda begin, end: cell_currents(begin, end, bias, mixing, fit, out),
            current.numel(),
            least=_CELLS_PER_THREAD,
        )
        return current

    def _population(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        weight, mean, factor = (torch.from_numpy(array) for array in published_population())
        draw = torch.rand(shape, dtype=torch.float64, generator=generator)
        normal = torch.randn(*shape, 8, dtype=torch.float64, generator=generator)
        component = torch.searchsorted(weight.cumsum(0)[:-1].contiguous(), draw)
        centre = weight @ mean
        population = centre.repeat(*shape, 1)
        for k in range(len(weight)):
            of_k = component == k
            offset = mean[k] - centre + normal[of_k] @ factor[k].T
            population[of_k] += self.device_spread * offset
        return population

    def _nominal_conductance(self, voltage: float) -> float:
        quiet, unused = self.noise_free(), torch.Generator()
        pulse = Pulse.uniform((1, 1), amplitude=voltage, width=1.0)
        state = quiet.apply(quiet.fabricate((1, 1), unused), pulse, unused)
        return float(self.conductance(state))


def _cells(state: SynaptogenState) -> tuple[Any, ...]:
    """The state as arrays of the kernel, with one axis of cells, sharing its memory."""
    vectors = (state.population, state.history, state.features)
    numbers = (state.mixing, state.threshold, state.phase, state.energy)
    return (
        *(tensor.reshape(-1, tensor.shape[-1]).numpy() for tensor in vectors),
        *(tensor.reshape(-1).numpy() for tensor in numbers),
    )


# NumPy asks for huge pages, which makes large arrays twice as fast to fill as those of torch.
def _like(tensor: Tensor) -> Tensor:
    return torch.from_numpy(np.empty_like(tensor.numpy(), order="C"))


def _copy(tensor: Tensor) -> Tensor:
    return torch.from_numpy(tensor.numpy().copy())


def _check_voltage(name: str, voltage: Tensor) -> None:
    remedy = "The published curves end at 1.5 V."
    check_range(name, voltage, -_LARGEST, _LARGEST, unit="V", remedy=remedy)
