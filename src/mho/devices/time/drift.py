"""Drift: the conductance falls as a power of the time since the last programming pulse."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.core.check import check_number

from .effect import Effect, Switching


@dataclass(frozen=True)
class DriftState:
    """State of drifting cells.

    Args:
        time: (..., rows, cols), s. Since the last programming pulse.
        exponent: (..., rows, cols). Exponent of each cell.
        kept: (..., rows, cols). Logarithm of the factor left from earlier drift.
    """

    time: Tensor
    exponent: Tensor
    kept: Tensor


@dataclass(frozen=True, kw_only=True)
class Drift(Effect[DriftState]):
    r"""Conductance that falls as a power of time, with an exponent per cell.

    .. math:: G(t) = G(0) \, (1 + t / t_0)^{-\nu}

    It is the law of phase-change memory (Ielmini et al., IEEE Trans. Electron Devices 54 (2007)
    308). Each programming pulse draws the exponent anew. The defaults are round numbers for
    teaching and testing; they describe no measured cell.

    Args:
        exponent: Mean exponent.
        spread: Standard deviation of the exponent.
        onset: s. Time after which the drift begins to show.
    """

    exponent: float = 0.05
    spread: float = 0.01
    onset: float = 1.0

    def __post_init__(self) -> None:
        check_number("spread", self.spread, low=0.0)
        check_number("onset", self.onset, low=0.0, above=True)

    def noise_free(self) -> "Drift":
        return replace(self, spread=0.0)

    def fabricate(self, conductance: Tensor, generator: torch.Generator) -> DriftState:
        zero = torch.zeros_like(conductance)
        return DriftState(zero, self._draw(conductance, generator), zero)

    def pulse(
        self, state: DriftState, switching: Switching, generator: torch.Generator
    ) -> DriftState:
        programmed = switching.programmed
        return DriftState(
            torch.where(programmed, 0.0, state.time),
            torch.where(programmed, self._draw(state.time, generator), state.exponent),
            torch.where(programmed, switching.kept * self._logarithm(state), state.kept),
        )

    def relax(
        self, state: DriftState, conductance: Tensor, time: float, generator: torch.Generator
    ) -> DriftState:
        return replace(state, time=state.time + time)

    def current(self, state: DriftState, current: Tensor, voltage: Tensor) -> Tensor:
        return current * torch.exp(self._logarithm(state))

    def _draw(self, like: Tensor, generator: torch.Generator) -> Tensor:
        normal = torch.randn(like.shape, dtype=torch.float64, generator=generator)
        return self.exponent + self.spread * normal

    def _logarithm(self, state: DriftState) -> Tensor:
        return state.kept - state.exponent * torch.log1p(state.time / self.onset)
