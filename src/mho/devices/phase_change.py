"""Phase-change memory: what programming leaves behind, and how it drifts."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.check import check_number, check_same_shape

from .operating_point import check_operating_point
from .published import Published


@dataclass(frozen=True, kw_only=True)
class PhaseChangeNoise:
    r"""Programming noise, spread of the drift and 1/f noise, as shares of the largest conductance.

    With g the share that is programmed, a pulse leaves a normal deviation of

    .. math:: \sigma = s_0 + s_1 g + s_2 g^2

    and a drift exponent with the standard deviation :math:`d_0 + d_1 \ln g`, within its limits. At
    a time t after programming the 1/f noise deviates by a share of the conductance

    .. math:: Q \sqrt{\ln \frac{t + t_r}{2 t_r}}, \qquad Q = \min(q_0 \, g^{-q_1}, Q_{max})

    Args:
        programming: s_0, s_1 and s_2.
        drift: d_0 and d_1.
        drift_limits: Least and largest standard deviation of the drift exponent.
        flicker: q_0 and q_1.
        flicker_limit: Largest Q.
        read_time: s. Time of a read, the t_r of the equation.
    """

    programming: tuple[float, float, float] = (0.26348 / 25, 1.9650 / 25, -1.1731 / 25)
    drift: tuple[float, float] = (-0.0059, -0.0125)
    drift_limits: tuple[float, float] = (0.008, 0.045)
    flicker: tuple[float, float] = (0.0088, 0.65)
    flicker_limit: float = 0.2
    read_time: float = 250e-9

    def __post_init__(self) -> None:
        check_number("flicker_limit", self.flicker_limit, low=0.0)
        check_number("read_time", self.read_time, low=0.0, above=True)


@dataclass(frozen=True)
class PhaseChangeState:
    """State of phase-change cells.

    Args:
        programmed: (..., rows, cols), S. Conductance at the reference time after the last pulse.
        conductance: (..., rows, cols), S. Conductance now, drifted and with its 1/f noise.
        exponent: (..., rows, cols). Drift exponent that the last pulse left.
        age: (..., rows, cols), s. Time since the reference time of the last pulse.
        energy: (..., rows, cols), J. Dissipated since the cell was made.
    """

    programmed: Tensor
    conductance: Tensor
    exponent: Tensor
    age: Tensor
    energy: Tensor


@dataclass(frozen=True, kw_only=True)
class PhaseChange(Published, Device[PhaseChangeState]):
    r"""Mushroom cell of doped Ge2Sb2Te5, by the statistics of a million devices.

    A cell that was programmed to G relaxes as

    .. math:: G(t) = G \left(\frac{t_0 + t}{t_0}\right)^{-\nu}, \qquad
        \bar\nu = m_0 + m_1 \ln \frac{G}{G_{max}} \text{ within its limits}

    from a reference time on, and `relax` lets time pass. The publication describes what programming
    leaves behind. It does not say what a pulse does on the way; here its noise-free part relaxes
    towards the bound of its polarity with the time `tau`, from where the cell has drifted to, and
    every pulse leaves noise and an exponent of its own. Source: Nandakumar et al., ICECS 2019 (doi
    10.1109/ICECS46596.2019.8964852).

    Args:
        low: S. Conductance that RESET approaches.
        high: S. Conductance that SET approaches, the G_max of the equations.
        tau: s. Time constant of the pulses.
        reference_time: s. Time t_0 after programming to which the programmed conductance refers.
        drift: m_0 and m_1.
        drift_limits: Least and largest mean drift exponent.
        set_voltage: V. SET amplitude.
        reset_voltage: V. RESET amplitude, of the other sign, though a real cell tells them apart by
            their shape.
        read_voltage: V. Voltage at which a conductance is read.
        cycle_noise: Noise of programming, drift and read, none if left out.
    """

    low: float = 0.1e-6
    high: float = 25e-6
    tau: float = 1e-6
    reference_time: float = 20.0
    drift: tuple[float, float] = (0.0244, -0.0155)
    drift_limits: tuple[float, float] = (0.049, 0.1)
    set_voltage: float = 1.0
    reset_voltage: float = -1.0
    read_voltage: float = 0.1
    cycle_noise: PhaseChangeNoise | None = None

    def __post_init__(self) -> None:
        check_number("low", self.low, low=0.0, above=True)
        check_number("high", self.high, low=self.low, above=True)
        check_number("tau", self.tau, low=0.0, above=True)
        check_number("reference_time", self.reference_time, low=0.0, above=True)
        check_operating_point(self)

    @property
    def g_min(self) -> float:
        return self.low

    @property
    def g_max(self) -> float:
        return self.high

    def noise_free(self) -> "PhaseChange":
        return replace(self, cycle_noise=None)

    def fabricate(self, shape: tuple[int, ...], generator: torch.Generator) -> PhaseChangeState:
        low = torch.full(shape, self.low, dtype=torch.float64)
        rest = torch.zeros_like(low)
        return PhaseChangeState(low, low, self._exponent(low, rest), rest, rest)

    def apply(
        self, state: PhaseChangeState, pulse: Pulse, generator: torch.Generator
    ) -> PhaseChangeState:
        check_same_shape("pulse", pulse.width, state.energy.shape, of="the cells")
        start, amplitude = state.conductance, pulse.amplitude.double()
        pulsed = (pulse.width > 0) & (amplitude != 0)
        # A cell that has drifted below `low` is not raised by a RESET.
        lowest = start.clamp(max=self.low)
        bound = torch.where(amplitude * self.set_voltage > 0, self.high, lowest)
        share = -torch.expm1(-pulse.width / self.tau)
        end = start + (bound - start) * share
        charge_time = bound * pulse.width - (bound - start) * self.tau * share
        draw, drift = torch.randn((2, *start.shape), dtype=torch.float64, generator=generator)
        if self.cycle_noise is not None:
            s0, s1, s2 = self.cycle_noise.programming
            level = end / self.high
            deviation = self.high * (s0 + s1 * level + s2 * level.square()) * draw
            # A cell cannot conduct less than a fully amorphous one.
            end = (end + deviation).clamp(min=self.low)
        return PhaseChangeState(
            torch.where(pulsed, end, state.programmed),
            torch.where(pulsed, end, start),
            torch.where(pulsed, self._exponent(end, drift), state.exponent),
            torch.where(pulsed, 0.0, state.age),
            state.energy + torch.where(pulsed, amplitude.square() * charge_time, 0.0),
        )

    def relax(
        self, state: PhaseChangeState, time: float, generator: torch.Generator
    ) -> PhaseChangeState:
        """State after a time without pulses, with 1/f noise drawn anew if there is any time.

        Args:
            state: State of the cells before; it is left as it was.
            time: s. Time that passes.
            generator: Source of the 1/f noise.
        """
        check_number("time", time, low=0.0)
        if time == 0.0:
            return state
        age = state.age + time
        drifted = state.programmed * (1.0 + age / self.reference_time) ** -state.exponent
        draw = torch.randn(age.shape, dtype=torch.float64, generator=generator)
        noise = self.cycle_noise
        if noise is not None:
            q0, q1 = noise.flicker
            level = state.programmed / self.high
            quality = (q0 * level**-q1).clamp(max=noise.flicker_limit)
            since = age + self.reference_time + noise.read_time
            deviation = quality * torch.sqrt(torch.log(since / (2.0 * noise.read_time)))
            # No conductance is negative, however far the draw.
            drifted = (drifted * (1.0 + deviation * draw)).clamp(min=0.1 * self.low)
        return replace(state, conductance=drifted, age=age)

    def current(self, state: PhaseChangeState, voltage: Tensor) -> Tensor:
        return state.conductance * voltage

    def _exponent(self, conductance: Tensor, draw: Tensor) -> Tensor:
        """Drift exponent that programming leaves."""
        level = torch.log(conductance / self.high)
        exponent = (self.drift[0] + self.drift[1] * level).clamp(*self.drift_limits)
        noise = self.cycle_noise
        if noise is not None:
            spread = (noise.drift[0] + noise.drift[1] * level).clamp(*noise.drift_limits)
            exponent = (exponent + spread * draw).abs()
        return exponent
