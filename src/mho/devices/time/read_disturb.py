"""Read disturb: reads move a cell a little towards the end of the range that their sign means."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.core.check import check_number

from .effect import Effect, Switching


@dataclass(frozen=True)
class ReadDisturbState:
    """State of cells that were read.

    Args:
        dose: (..., rows, cols), s. Read time at the read voltage, counted down by reads of the
            other sign.
        factor: (..., rows, cols). Conductance over that of a cell that was never read.
    """

    dose: Tensor
    factor: Tensor


@dataclass(frozen=True, kw_only=True)
class ReadDisturb(Effect[ReadDisturbState]):
    r"""Conductance that approaches the end of the range while the cell is read.

    A pulse of at most the device's read voltage counts as a read; its sign says which end.

    .. math:: G = G_0 + (G_\infty - G_0) (1 - e^{-d / \tau}), \qquad
        d = \int \frac{\sinh(|V| / V_0)}{\sinh(V_{read} / V_0)} \, dt

    For devices whose own equations do nothing at the read voltage. The defaults are round numbers
    for teaching and testing; they describe no measured cell.

    Args:
        tau: s. Time under the read voltage that moves a cell by 1 - 1/e of what is left.
        v0: V. Voltage that speeds the disturb up e-fold.
    """

    tau: float = 1e3
    v0: float = 0.05

    def __post_init__(self) -> None:
        check_number("tau", self.tau, low=0.0, above=True)
        check_number("v0", self.v0, low=0.0, above=True)

    def noise_free(self) -> "ReadDisturb":
        return self

    def fabricate(self, conductance: Tensor, generator: torch.Generator) -> ReadDisturbState:
        return ReadDisturbState(torch.zeros_like(conductance), torch.ones_like(conductance))

    def pulse(
        self, state: ReadDisturbState, switching: Switching, generator: torch.Generator
    ) -> ReadDisturbState:
        pulse, full = switching.pulse, math.sinh(switching.read_voltage / self.v0)
        law = torch.sinh(pulse.amplitude.abs().clamp(max=switching.read_voltage) / self.v0) / full
        dose = state.dose + torch.where(switching.towards_high, law, -law) * pulse.width
        dose = torch.where(switching.programmed, state.dose * switching.kept, dose)
        bound = torch.where(dose > 0, switching.high, switching.low)
        share = -torch.expm1(-dose.abs() / self.tau)
        factor = 1.0 + (bound / switching.after - 1.0) * share
        return ReadDisturbState(dose, torch.where(switching.pulsed, factor, state.factor))

    def relax(
        self, state: ReadDisturbState, conductance: Tensor, time: float, generator: torch.Generator
    ) -> ReadDisturbState:
        return replace(state)

    def current(self, state: ReadDisturbState, current: Tensor, voltage: Tensor) -> Tensor:
        return current * state.factor
