"""Random telegraph noise, and 1/f noise as the sum of many telegraphs."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.core.check import argument_error, check_number
from mho.devices.published import Published

from .effect import Effect, Switching


@dataclass(frozen=True)
class TelegraphState:
    """State of cells with traps.

    Args:
        signs: (traps, ..., rows, cols). 1 where a trap lets more current pass, else -1.
    """

    signs: Tensor


@dataclass(frozen=True, kw_only=True)
class TelegraphNoise(Published, Effect[TelegraphState]):
    r"""Traps that switch the conductance between two values, each at its own rate.

    A trap of corner frequency f_c and relative amplitude a adds a Lorentzian to the spectrum; traps
    of equal amplitude at evenly spaced logarithms of f_c add up to 1/f noise (Dutta and Horn,
    Reviews of Modern Physics 53 (1981) 497).

    .. math:: \frac{S(f)}{G^2} = \sum_k \frac{2 a_k^2}{\pi f_k} \frac{1}{1 + (f / f_k)^2}

    The traps switch while time passes, exactly over any time. Each cell has all of them, in states
    of its own. The defaults are round numbers for teaching and testing; they describe no measured
    cell.

    Args:
        corners: Hz. Corner frequency of each trap.
        amplitudes: Amplitude of each trap over the conductance; together less than 1.
    """

    corners: tuple[float, ...] = (0.01, 0.1, 1.0, 10.0, 100.0)
    amplitudes: tuple[float, ...] = (0.01, 0.01, 0.01, 0.01, 0.01)

    def __post_init__(self) -> None:
        if len(self.corners) != len(self.amplitudes):
            must = f"have one value for each of the {len(self.corners)} corners"
            raise argument_error("amplitudes", must, f"has {len(self.amplitudes)}")
        for corner in self.corners:
            check_number("corners", corner, low=0.0, above=True)
        for amplitude in self.amplitudes:
            check_number("amplitudes", amplitude, low=0.0)
        if sum(self.amplitudes) >= 1:
            raise argument_error("amplitudes", "add up to less than 1", "a cell would cut off")

    def noise_free(self) -> "TelegraphNoise":
        return replace(self, corners=(), amplitudes=())

    def fabricate(self, conductance: Tensor, generator: torch.Generator) -> TelegraphState:
        shape = (len(self.corners), *conductance.shape)
        return TelegraphState(
            self._flip(torch.ones(shape, dtype=torch.float64), math.inf, generator)
        )

    def pulse(
        self, state: TelegraphState, switching: Switching, generator: torch.Generator
    ) -> TelegraphState:
        return state

    def relax(
        self, state: TelegraphState, conductance: Tensor, time: float, generator: torch.Generator
    ) -> TelegraphState:
        return TelegraphState(self._flip(state.signs, time, generator))

    def current(self, state: TelegraphState, current: Tensor, voltage: Tensor) -> Tensor:
        amplitudes = torch.tensor(self.amplitudes, dtype=torch.float64)
        fluctuation: Tensor = torch.tensordot(amplitudes, state.signs, dims=1)
        return current * (1.0 + fluctuation)

    def _flip(self, signs: Tensor, time: float, generator: torch.Generator) -> Tensor:
        corners = torch.tensor(self.corners, dtype=torch.float64)
        chance = -0.5 * torch.expm1(-2 * math.pi * corners * time)
        draw = torch.rand(signs.shape, dtype=torch.float64, generator=generator)
        flipped = draw < chance.reshape(-1, *[1] * (signs.ndim - 1))
        return torch.where(flipped, -signs, signs)
