"""Thermal and shot noise of a single cell: what no time correlates."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.core.check import check_number
from mho.core.units import BOLTZMANN, ELEMENTARY_CHARGE

from .effect import Effect, Switching


@dataclass(frozen=True)
class ReadNoiseState:
    """State of cells under white noise.

    Args:
        deviation: (..., rows, cols). Standard normal number times the root of the bandwidth in
            Hz; it stays until the cell is pulsed or time passes.
    """

    deviation: Tensor


@dataclass(frozen=True, kw_only=True)
class ReadNoise(Effect[ReadNoiseState]):
    r"""Thermal and shot noise of the current of each cell.

    .. math:: \sigma^2 = B \left[ (1 - F) \, \frac{4 k T I}{V}
        + F \, 2 q I \coth \frac{q V}{2 k T} \right]

    A Fano factor F of 0 leaves thermal noise alone, as in an ohmic conductor; 1 is the full shot
    noise of independent charges. Source: Blanter and Büttiker, Physics Reports 336 (2000) 1. The
    noise is drawn by each pulse and each rest, so two readings differ if time passed between them.
    A cell without voltage is not read, and its current is zero.

    Args:
        bandwidth: Hz. Bandwidth B of the read.
        temperature: K. Temperature T of the cells.
        fano: Fano factor F, 0 to 1.
    """

    bandwidth: float = 1e6
    temperature: float = 300.0
    fano: float = 0.0

    def __post_init__(self) -> None:
        check_number("bandwidth", self.bandwidth, low=0.0)
        check_number("temperature", self.temperature, low=0.0, above=True)
        check_number("fano", self.fano, low=0.0, high=1.0)

    def noise_free(self) -> "ReadNoise":
        return replace(self, bandwidth=0.0)

    def fabricate(self, conductance: Tensor, generator: torch.Generator) -> ReadNoiseState:
        return ReadNoiseState(self._draw(conductance, generator))

    def pulse(
        self, state: ReadNoiseState, switching: Switching, generator: torch.Generator
    ) -> ReadNoiseState:
        fresh = self._draw(state.deviation, generator)
        return ReadNoiseState(torch.where(switching.pulsed, fresh, state.deviation))

    def relax(
        self, state: ReadNoiseState, conductance: Tensor, time: float, generator: torch.Generator
    ) -> ReadNoiseState:
        return ReadNoiseState(self._draw(state.deviation, generator)) if time > 0 else state

    def current(self, state: ReadNoiseState, current: Tensor, voltage: Tensor) -> Tensor:
        read = voltage != 0
        ratio = ELEMENTARY_CHARGE * torch.where(read, voltage, 1.0).abs()
        ratio = ratio / (2 * BOLTZMANN * self.temperature)
        shot = 2 * ELEMENTARY_CHARGE * current.abs()
        density = shot * ((1.0 - self.fano) / ratio + self.fano / torch.tanh(ratio))
        return current + torch.where(read, state.deviation * density.sqrt(), 0.0)

    def _draw(self, like: Tensor, generator: torch.Generator) -> Tensor:
        normal = torch.randn(like.shape, dtype=torch.float64, generator=generator)
        return math.sqrt(self.bandwidth) * normal
