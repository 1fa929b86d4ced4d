"""How targets get into cells."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mho.bench import SimulatedBench
from mho.core import Device
from mho.core.check import check_number, check_range
from mho.core.random import generator, kernel_key
from mho.programming import Cycling, ProgramError, Programmer, program


@dataclass(frozen=True)
class Written:
    """What came of writing one tile.

    Args:
        conductance: (rows, cols), S. What the cells hold.
        pulses: (rows, cols). Pulses each cell took.
        time: (rows, cols), s. Pulse time each cell took.
        energy: (rows, cols), J. What the pulses dissipated in each cell.
    """

    conductance: Tensor
    pulses: Tensor
    time: Tensor
    energy: Tensor


class Writer(ABC):
    """Puts target conductances into the cells of a tile."""

    @abstractmethod
    def write(self, target: Tensor, *, tile: int) -> Written:
        """Write one tile.

        Args:
            target: (rows, cols), S. Conductances wanted.
            tile: Number of the tile in the model; other tiles have other cells and other noise.
        """


@dataclass(frozen=True, kw_only=True)
class IdealWriter(Writer):
    """Cells that take their target exactly, at no cost."""

    def write(self, target: Tensor, *, tile: int) -> Written:
        none = torch.zeros_like(target)
        return Written(conductance=target, pulses=none, time=none, energy=none)


@dataclass(frozen=True, kw_only=True)
class PulseWriter(Writer):
    """Cells of a device, programmed pulse by pulse.

    Args:
        device: Model of the cells.
        programmer: Scheme that chooses the pulses, fitted to the device.
        tolerance: Relative error at which a cell counts as programmed.
        max_pulses: Pulses per cell after which to give up; one is an open-loop write.
        seed: Selects the cells and their noise.
        history: What the cells went through before; they are fresh if left out.
    """

    device: Device[Any]
    programmer: Programmer
    tolerance: float = 0.01
    max_pulses: int = 1
    seed: int = 0
    history: Cycling | None = None

    def __post_init__(self) -> None:
        check_number("tolerance", self.tolerance, low=0.0)
        check_number("max_pulses", self.max_pulses, low=1)

    def write(self, target: Tensor, *, tile: int) -> Written:
        low, high = self.device.g_min, self.device.g_max
        remedy = "Map the weights to a range within the device's."
        check_range("target", target, low, high, unit="S", remedy=remedy)
        seed = kernel_key(generator(self.seed, tile))
        bench = SimulatedBench(self.device, tuple(target.shape), seed=seed)
        if self.history is not None:
            self.history.apply(bench, self.device)
        result = program(
            bench,
            self.programmer,
            target,
            tolerance=self.tolerance,
            max_pulses=self.max_pulses,
        )
        return Written(result.conductance[-1], result.pulses, result.time, result.energy)


@dataclass(frozen=True, kw_only=True)
class LevelWriter(Writer):
    """Cells that take the nearest of a few levels exactly, at no cost.

    Args:
        low: S. Lowest level.
        high: S. Highest level.
        levels: Levels, evenly spaced from the lowest to the highest.
    """

    low: float
    high: float
    levels: int

    def __post_init__(self) -> None:
        check_number("low", self.low, low=0.0)
        check_number("high", self.high, low=self.low, above=True)
        check_number("levels", self.levels, low=2)

    def write(self, target: Tensor, *, tile: int) -> Written:
        step = (self.high - self.low) / (self.levels - 1)
        level = ((target - self.low) / step).round().clamp(0, self.levels - 1)
        none = torch.zeros_like(target)
        return Written(conductance=self.low + step * level, pulses=none, time=none, energy=none)


@dataclass(frozen=True, kw_only=True)
class ErrorWriter(Writer):
    """Cells that miss their targets as a scheme would, drawn from its fitted error.

    That takes some nanoseconds a cell instead of a simulation. What the pulses cost is not part of
    an error: `pulses`, `time` and `energy` are NaN.

    Args:
        error: Program error of the scheme, fitted or loaded from a file.
        seed: Selects the errors.
    """

    error: ProgramError
    seed: int = 0

    def write(self, target: Tensor, *, tile: int) -> Written:
        conductance = self.error.sample(target, generator(self.seed, tile))
        unknown = torch.full_like(conductance, torch.nan)
        return Written(conductance=conductance, pulses=unknown, time=unknown, energy=unknown)
