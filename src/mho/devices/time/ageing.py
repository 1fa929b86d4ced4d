"""Ageing: the window between low and high conductance closes with the number of cycles."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.core.check import check_number

from .effect import Effect, Switching


@dataclass(frozen=True)
class AgeingState:
    """State of ageing cells.

    Args:
        cycles: (..., rows, cols). Full cycles of SET and RESET so far; part of one counts as such.
        lifetime: (..., rows, cols). Cycles after which the window of the cell is half closed.
        factor: (..., rows, cols). Conductance over that of a cell that does not age.
    """

    cycles: Tensor
    lifetime: Tensor
    factor: Tensor


@dataclass(frozen=True, kw_only=True)
class Ageing(Effect[AgeingState]):
    r"""Window that closes around its middle as a power of the cycles.

    .. math:: G = G_m + \frac{G_0 - G_m}{1 + (n / n_{1/2})^\beta}, \qquad
        G_m = \frac{G_{min} + G_{max}}{2}

    The lifetimes of the cells follow a log-normal distribution. The defaults are round numbers for
    teaching and testing; they describe no measured cell.

    Args:
        lifetime: Cycles after which the window of the median cell is half closed.
        slope: Exponent of the closing.
        spread: Spread of the logarithm of the lifetime from cell to cell.
    """

    lifetime: float = 1e6
    slope: float = 2.0
    spread: float = 0.5

    def __post_init__(self) -> None:
        check_number("lifetime", self.lifetime, low=0.0, above=True)
        check_number("slope", self.slope, low=0.0, above=True)
        check_number("spread", self.spread, low=0.0)

    def noise_free(self) -> "Ageing":
        return replace(self, spread=0.0)

    def fabricate(self, conductance: Tensor, generator: torch.Generator) -> AgeingState:
        normal = torch.randn(conductance.shape, dtype=torch.float64, generator=generator)
        lifetime = self.lifetime * torch.exp(self.spread * normal)
        return AgeingState(torch.zeros_like(lifetime), lifetime, torch.ones_like(lifetime))

    def pulse(
        self, state: AgeingState, switching: Switching, generator: torch.Generator
    ) -> AgeingState:
        low, high, after = switching.low, switching.high, switching.after
        cycles = state.cycles + (after - switching.before).abs() / (2 * (high - low))
        closing = (cycles / state.lifetime) ** self.slope
        middle = (low + high) / 2
        factor = (middle + (after - middle) / (1.0 + closing)) / after
        return AgeingState(
            cycles, state.lifetime, torch.where(switching.pulsed, factor, state.factor)
        )

    def relax(
        self, state: AgeingState, conductance: Tensor, time: float, generator: torch.Generator
    ) -> AgeingState:
        return state

    def current(self, state: AgeingState, current: Tensor, voltage: Tensor) -> Tensor:
        return current * state.factor
