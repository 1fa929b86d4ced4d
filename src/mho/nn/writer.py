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
from mho.programming import Cycling, Programmer, program

from .in_use import InUse


@dataclass(frozen=True)
class Written:
    """What came of writing one tile.

    Args:
        conductance: (rows, cols), S. What the cells hold.
        pulses: (rows, cols). Pulses each cell took.
        time: (rows, cols), s. Pulse time each cell took.
        energy: (rows, cols), J. What the pulses dissipated in each cell.
        cells: What the writer goes on with when the same cells are written again, if it keeps them.
    """

    conductance: Tensor
    pulses: Tensor
    time: Tensor
    energy: Tensor
    cells: Any = None

    @classmethod
    def for_nothing(cls, conductance: Tensor) -> "Written":
        """Cells that cost nothing to write.

        Args:
            conductance: (rows, cols), S. What the cells hold.
        """
        none = conductance.new_zeros(()).expand_as(conductance)
        return cls(conductance=conductance, pulses=none, time=none, energy=none)

    @classmethod
    def at_unknown_cost(cls, conductance: Tensor) -> "Written":
        """Cells of which it is not known what they cost to write.

        Args:
            conductance: (rows, cols), S. What the cells hold.
        """
        unknown = conductance.new_full((), torch.nan).expand_as(conductance)
        return cls(conductance=conductance, pulses=unknown, time=unknown, energy=unknown)


def tile_generator(seed: int, tile: int, before: int) -> torch.Generator:
    """Source of the randomness of one writing of one tile.

    Args:
        seed: Of the writer.
        tile: Number of the tile in the model.
        before: How often the tile was written before.
    """
    return generator(seed, tile, before) if before else generator(seed, tile)


class Writer(ABC):
    """Puts target conductances into the cells of a tile."""

    @abstractmethod
    def write(
        self, target: Tensor, *, tile: int, before: int = 0, last: Written | None = None
    ) -> Written:
        """Write one tile.

        Args:
            target: (rows, cols), S. Conductances wanted.
            tile: Number of the tile in the model; other tiles have other cells and other noise.
            before: How often the tile was written before; each time has other noise.
            last: What came of it the last time. A writer that keeps cells goes on with these.
        """


@dataclass(frozen=True, kw_only=True)
class IdealWriter(Writer):
    """Cells that take their target exactly, at no cost."""

    def write(
        self, target: Tensor, *, tile: int, before: int = 0, last: Written | None = None
    ) -> Written:
        return Written.for_nothing(target)


@dataclass(frozen=True, kw_only=True)
class PulseWriter(Writer):
    """Cells of a device, programmed pulse by pulse.

    A tile that is written again goes on from the state that its cells are in. At first they are
    fresh, or fresh ones with a history.

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
    history: Cycling | InUse | None = None

    def __post_init__(self) -> None:
        check_number("tolerance", self.tolerance, low=0.0)
        check_number("max_pulses", self.max_pulses, low=1)

    def write(
        self, target: Tensor, *, tile: int, before: int = 0, last: Written | None = None
    ) -> Written:
        low, high = self.device.g_min, self.device.g_max
        remedy = "Map the weights to a range within the device's."
        check_range("target", target, low, high, unit="S", remedy=remedy)
        bench = last.cells if last is not None else None
        if bench is None:
            bench = self._made(tuple(target.shape), tile, before)
        result = program(
            bench,
            self.programmer,
            target,
            tolerance=self.tolerance,
            max_pulses=self.max_pulses,
        )
        held = result.conductance[-1]
        return Written(held, result.pulses, result.time, result.energy, cells=bench)

    def _made(self, shape: tuple[int, ...], tile: int, before: int) -> SimulatedBench:
        seed = kernel_key(tile_generator(self.seed, tile, before))
        bench = SimulatedBench(self.device, shape, seed=seed)
        if self.history is not None:
            self.history.apply(bench, self.device)
        return bench
