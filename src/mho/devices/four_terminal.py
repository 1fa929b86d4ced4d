"""A planar memristor with four terminals: written across one pair, read across the other."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.check import check_finite, check_number, check_same_shape

from .published import Published


@dataclass(frozen=True, kw_only=True)
class SweepNoise:
    """Cycle-to-cycle noise of the switching rate, Gaussian in its logarithm.

    A sweep is a run of pulses of one polarity. All pulses of a sweep share one deviation, which
    grows with the square of the voltage, as Joule heat does.

    Args:
        set_sweep: Spread from sweep to sweep towards low resistance, at `voltage`.
        reset_sweep: Spread from sweep to sweep towards high resistance, at `voltage`.
        voltage: V. Amplitude at which the two spreads hold.
        pulse: Spread from pulse to pulse, at any voltage.
    """

    set_sweep: float = 0.06
    reset_sweep: float = 0.082
    voltage: float = 4.0
    pulse: float = 0.09

    def __post_init__(self) -> None:
        for name in ("set_sweep", "reset_sweep", "pulse"):
            check_number(name, getattr(self, name), low=0.0)
        check_number("voltage", self.voltage, low=0.0, above=True)

    def deviation(self, amplitude: Tensor, sweep: Tensor, normal: Tensor) -> Tensor:
        """Deviation of the logarithm of the switching rate: (...).

        Args:
            amplitude: (...), V. Amplitude of the pulse, with its sign.
            sweep: (...), 1. Standard normal number of the sweep.
            normal: (...), 1. Standard normal number of the pulse.
        """
        spreads = amplitude.double().new_tensor([self.set_sweep, self.reset_sweep])
        spread = torch.where(amplitude > 0, spreads[0], spreads[1])
        return spread * sweep * (amplitude / self.voltage).square() + self.pulse * normal


@dataclass(frozen=True, kw_only=True)
class JouleHeat:
    r"""Heat that earlier pulses left in the film, and what it adds to the switching rate.

    The heat h, in watts of a pulse that would sustain it, follows the power of the pulses. What a
    pulse heats by itself is part of the switching law; only heat beyond that speeds it up:

    .. math:: \tau_h \dot h = P - h, \qquad \dot R \to \dot R \, (1 + k \max(h - P, 0))

    So the first weak pulses after the strong ones that end a sweep go further than those that
    follow them. Time between pulses counts only where it passes in `relax`, or under a pulse of
    no voltage.

    Args:
        set_gain: 1/W. Gain k of pulses towards low resistance.
        reset_gain: 1/W. Gain k of pulses towards high resistance.
        time: s. Time in which the film cools e-fold.
    """

    set_gain: float = 0.0
    reset_gain: float = 0.0
    time: float = 10.0

    def __post_init__(self) -> None:
        for name in ("set_gain", "reset_gain"):
            check_number(name, getattr(self, name), low=0.0)
        check_number("time", self.time, low=0.0, above=True)

    def cooled(self, heat: Tensor, power: Tensor, width: Tensor) -> Tensor:
        """Heat after a pulse: (..., rows, cols), W.

        Args:
            heat: (..., rows, cols), W. Heat before the pulse.
            power: (..., rows, cols), W. Power of the pulse.
            width: (..., rows, cols), s. Width of the pulse.
        """
        return power + (heat - power) * torch.exp(-width / self.time)

    def added_time(self, heat: Tensor, pulse: Pulse, power: Tensor) -> Tensor:
        """Time for which a cold cell would take the pulse longer: (..., rows, cols), s.

        Args:
            heat: (..., rows, cols), W. Heat before the pulse.
            pulse: Pulse on each cell.
            power: (..., rows, cols), W. Power of the pulse.
        """
        gains = power.new_tensor([self.set_gain, self.reset_gain])
        gain = torch.where(pulse.amplitude > 0, gains[0], gains[1])
        excess = (heat - power).clamp(min=0.0)
        return gain * excess * self.time * -torch.expm1(-pulse.width / self.time)


@dataclass(frozen=True)
class FourTerminalState:
    """State of four-terminal cells.

    Args:
        resistance: (..., rows, cols), Ohm. Between the two terminals of a read.
        direction: (..., rows, cols). Sign of the last pulse's voltage, 0 before the first.
        sweep: (..., rows, cols). Deviation of the current sweep, a standard normal number.
        heat: (..., rows, cols), W. Left by earlier pulses, as the power that would sustain it.
        energy: (..., rows, cols), J. Dissipated since the cell was made.
    """

    resistance: Tensor
    direction: Tensor
    sweep: Tensor
    heat: Tensor
    energy: Tensor


@dataclass(frozen=True, kw_only=True)
class FourTerminal(Published, Device[FourTerminalState]):
    r"""TiO2-x thin film whose resistance relaxes towards what the amplitude of a pulse asks for.

    Pulses of one amplitude saturate: potentiation (SET, positive) from above, depression (RESET,
    negative) from below.

    .. math:: \dot R = \frac{R_\infty(V) - R}{\tau} e^{|V| / V_\tau}, \qquad
        R_\infty = R_m \pm \left( a - s \left( 1 - e^{-(|V| / V_s)^b} \right) \right)

    with the upper sign for SET. A cell that is beyond :math:`R_\infty` already stays where it is. A
    pulse drives terminals T2 and T4, with T1 and T3 grounded; a read drives T1 and senses T3, with
    the others grounded. So `current` is that of the read path, which is ohmic, and a pulse
    dissipates :math:`V^2 / R` of the write path, which is taken for a fixed resistance. The law is
    behavioural: it was tuned to what was published of the device (Nanoscale Horiz. 10 (2025) 780,
    doi 10.1039/d4nh00623b).

    Args:
        set_voltage: V, positive. Its pulses end at the published LRS.
        reset_voltage: V, negative. Its pulses end at the published HRS.
        read_voltage: V. Voltage at which a conductance is read.
        middle: Ohm. Resistance R_m halfway between HRS and LRS.
        offset: Ohm. Distance a from the middle at which the weakest pulse ends, on its own side.
        span: Ohm. How much further, s, the strongest pulse ends than the weakest.
        v_span: V. Amplitude V_s that sets how far along the span a pulse ends.
        exponent: Exponent b of the same.
        tau: s. Relaxation time of the weakest pulse.
        v_tau: V. Voltage that speeds the relaxation up e-fold.
        set_path: Ohm. Resistance of the write path under positive pulses.
        reset_path: Ohm. Resistance of the write path under negative pulses.
        cycle_noise: Noise of the switching rate, none if left out.
        heat: What heat of earlier pulses does, nothing if left out.
    """

    set_voltage: float = 4.0
    reset_voltage: float = -4.0
    read_voltage: float = 0.1
    middle: float = 810.0
    offset: float = 76.0
    span: float = 205.0
    v_span: float = 3.3
    exponent: float = 1.15
    tau: float = 95.0
    v_tau: float = 2.6
    set_path: float = 24.5
    reset_path: float = 49.7
    cycle_noise: SweepNoise | None = None
    heat: JouleHeat | None = None

    def __post_init__(self) -> None:
        check_number("set_voltage", self.set_voltage, low=1e-3)
        check_number("reset_voltage", self.reset_voltage, high=-1e-3)
        for name in ("read_voltage", "v_span", "exponent", "tau", "v_tau", "set_path"):
            check_number(name, getattr(self, name), low=0.0, above=True)
        check_number("reset_path", self.reset_path, low=0.0, above=True)
        check_number("span", self.span, low=self.offset, above=True)
        check_number("middle", self.middle, low=self.span - self.offset, above=True)

    @property
    def g_min(self) -> float:
        return 1.0 / self._end(self.reset_voltage)

    @property
    def g_max(self) -> float:
        return 1.0 / self._end(self.set_voltage)

    def noise_free(self) -> "FourTerminal":
        return replace(self, cycle_noise=None)

    def fabricate(self, shape: tuple[int, ...], generator: torch.Generator) -> FourTerminalState:
        zeros = torch.zeros(shape, dtype=torch.float64)
        high = zeros + self._end(self.reset_voltage)
        return FourTerminalState(high, direction=zeros, sweep=zeros, heat=zeros, energy=zeros)

    def apply(
        self, state: FourTerminalState, pulse: Pulse, generator: torch.Generator
    ) -> FourTerminalState:
        check_same_shape("pulse", pulse.width, state.energy.shape, of="the cells")
        amplitude, width = pulse.amplitude.double(), pulse.width.double()
        sign = torch.where(width > 0, amplitude.sign(), 0.0)
        direction = torch.where(sign == 0, state.direction, sign)
        start, end = state.resistance, self.equilibrium(amplitude)
        rate = torch.exp(amplitude.abs() / self.v_tau) / self.tau
        sweep = state.sweep
        if self.cycle_noise is not None:
            normal = torch.randn(2, *start.shape, dtype=torch.float64, generator=generator)
            sweep = torch.where(direction == state.direction, sweep, normal[0])
            rate = rate * torch.exp(self.cycle_noise.deviation(amplitude, sweep, normal[1]))
        paths = amplitude.new_tensor([self.set_path, self.reset_path])
        power = amplitude.square() / torch.where(amplitude > 0, paths[0], paths[1])
        heat, time = state.heat, width
        if self.heat is not None:
            heat = self.heat.cooled(state.heat, power, width)
            time = width + self.heat.added_time(state.heat, pulse, power)
        # The closed form: two half pulses equal one whole pulse.
        relaxed = end + (start - end) * torch.exp(-rate * time)
        resistance = torch.where((start - end) * sign > 0, relaxed, start)
        energy = state.energy + power * width
        return FourTerminalState(resistance, direction, sweep, heat, energy)

    def relax(
        self, state: FourTerminalState, time: float, generator: torch.Generator
    ) -> FourTerminalState:
        check_number("time", time, low=0.0)
        if self.heat is None:
            return state
        nothing = torch.zeros_like(state.heat)
        heat = self.heat.cooled(state.heat, nothing, torch.full_like(state.heat, time))
        return replace(state, heat=heat)

    def current(self, state: FourTerminalState, voltage: Tensor) -> Tensor:
        check_finite("voltage", voltage)
        return voltage / state.resistance

    def equilibrium(self, amplitude: Tensor) -> Tensor:
        """Resistance towards which pulses of an amplitude drive a cell: (...), Ohm.

        Args:
            amplitude: (...), V. Amplitude, with its sign.
        """
        share = 1.0 - torch.exp(-((amplitude.abs() / self.v_span) ** self.exponent))
        return self.middle + amplitude.sign() * (self.offset - self.span * share)

    def _end(self, amplitude: float) -> float:
        return float(self.equilibrium(torch.tensor(amplitude, dtype=torch.float64)))
