"""A table of widths, filled by watching noisy cells of the device switch."""

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from mho.core import Device, Past, Pulse
from mho.core.check import check_number
from mho.core.past import NO_PAST
from mho.core.random import generator

from .drive import Drive
from .programmer import Programmer, fitted


@dataclass(frozen=True)
class WidthTable:
    """Pulse widths over where a cell is and where it should be, for one direction.

    Args:
        amplitude: V. Amplitude that drives the cells.
        level: (levels,), S. Rising. Conductances of both axes.
        width: (levels, levels), s. From the conductance of the row to that of the column;
            negative against the direction, so that it passes through zero where both are alike.
    """

    amplitude: float
    level: Tensor
    width: Tensor

    def at(self, conductance: Tensor, target: Tensor) -> Tensor:
        """Width between two conductances, by bilinear interpolation: (...), s.

        Args:
            conductance: (...), S. Where cells are; outside the table its nearest end counts.
            target: (...), S. Where they should be, likewise.
        """
        i, x = self._place(conductance)
        j, y = self._place(target)
        here = (1.0 - y) * self.width[i, j] + y * self.width[i, j + 1]
        beyond = (1.0 - y) * self.width[i + 1, j] + y * self.width[i + 1, j + 1]
        return ((1.0 - x) * here + x * beyond).clamp(min=0.0)

    def _place(self, conductance: Tensor) -> tuple[Tensor, Tensor]:
        inside = conductance.clamp(self.level[0], self.level[-1]).contiguous()
        left = torch.searchsorted(self.level, inside).clamp(1, len(self.level) - 1) - 1
        low, high = self.level[left], self.level[left + 1]
        return left, (inside - low) / (high - low)


@dataclass(frozen=True, kw_only=True)
class LookUpTable(Programmer):
    """One pulse of fixed amplitude, as wide as the median of simulated noisy cells needed.

    `fit` switches cells of the device to and fro, notes when each passes each level, and keeps the
    median time between any two levels. Other than the noise-free inverse it knows what cycling
    makes of the cells; it does not know the single cell.

    Args:
        levels: Conductances of each axis; they lie closer at the ends, where cells are slow.
        cells: Cells to simulate.
        cycles: Times that they switch to and fro.
        steps: Samples in the time of a full noise-free switching.
        patience: Time after which a cell counts as not switching, over that time.
        margin: Share of the range left out at either end, which many cells never reach.
        seed: Selects the cells and their noise.
        set_table: Widths of the SET direction, made by `fit`.
        reset_table: Widths of the RESET direction, made by `fit`.
    """

    levels: int = 24
    cells: int = 25
    cycles: int = 2
    steps: int = 300
    patience: float = 3.0
    margin: float = 0.005
    seed: int = 0
    set_table: WidthTable | None = None
    reset_table: WidthTable | None = None

    def __post_init__(self) -> None:
        check_number("levels", self.levels, low=2)
        check_number("cells", self.cells, low=1)
        check_number("cycles", self.cycles, low=1)
        check_number("steps", self.steps, low=1)
        check_number("patience", self.patience, low=1.0)
        check_number("margin", self.margin, low=0.0, high=0.2, above=True)

    @property
    def reach(self) -> tuple[float, float] | None:
        if self.set_table is None:
            return None
        return float(self.set_table.level[0]), float(self.set_table.level[-1])

    def fit(self, device: Device[Any]) -> "LookUpTable":
        drive = Drive.of(device, margin=self.margin)
        angle = torch.linspace(0.0, math.pi, self.levels, dtype=torch.float64)
        share = self.margin + (1.0 - 2.0 * self.margin) * 0.5 * (1.0 - angle.cos())
        level = drive.low + (drive.high - drive.low) * share
        source = generator(self.seed)
        state = device.fabricate((1, self.cells), source)
        up, down = [], []
        for _ in range(self.cycles):
            pulse = self._pulse(drive.set_voltage, drive.set_time)
            passing, state = self._watch(device, state, pulse, source, level)
            up.append(passing)
            pulse = self._pulse(drive.reset_voltage, drive.reset_time)
            passing, state = self._watch(device, state, pulse, source, level.flip(0))
            down.append(passing.flip(1))
        return replace(
            self,
            set_table=_table(drive.set_voltage, level, torch.cat(up)),
            reset_table=_table(drive.reset_voltage, level, torch.cat(down)),
        )

    def pulse(self, conductance: Tensor, target: Tensor, past: Past = NO_PAST) -> Pulse:
        rising = fitted("set_table", self.set_table)
        falling = fitted("reset_table", self.reset_table)
        upwards = target > conductance
        up, down = conductance.new_tensor([rising.amplitude, falling.amplitude])
        width = torch.where(
            upwards, rising.at(conductance, target), falling.at(conductance, target)
        )
        return Pulse(torch.where(upwards, up, down), width)

    def _pulse(self, voltage: float, time: float) -> Pulse:
        return Pulse.uniform((1, self.cells), amplitude=voltage, width=self.patience * time)

    def _watch(
        self, device: Device[Any], state: Any, pulse: Pulse, source: torch.Generator, level: Tensor
    ) -> tuple[Tensor, Any]:
        """When cells pass levels, in their order along the way: (cells, levels), s."""
        width = float(pulse.width[0, 0])
        step = width / (self.patience * self.steps)
        start = device.conductance(state).flatten()
        end = level[-1].expand(pulse.width.shape)
        trace = device.trace(state, pulse, source, step=step, target=end)
        sign = 1.0 if level[-1] > level[0] else -1.0
        passing = torch.empty(self.cells, len(level), dtype=torch.float64)
        samples = trace.conductance.double().split(trace.count.flatten().tolist())
        for cell, along in enumerate(samples):
            reached = (sign * torch.cat([start[cell : cell + 1], along])).cummax(0).values
            passing[cell] = step * _first_passing(reached, sign * level)
        return torch.nan_to_num(passing, nan=width), trace.state


def _first_passing(reached: Tensor, level: Tensor) -> Tensor:
    """Sample, with its fraction, at which a rising record comes to levels; NaN if it does not."""
    after = torch.searchsorted(reached, level)
    known = after.clamp(1, len(reached) - 1) if len(reached) > 1 else torch.zeros_like(after)
    low, high = reached[(known - 1).clamp(min=0)], reached[known]
    sample = known - 1 + (level - low) / (high - low)
    sample = torch.where(after == 0, 0.0, sample)
    return torch.where(after < len(reached), sample, torch.nan)


def _table(amplitude: float, level: Tensor, passing: Tensor) -> WidthTable:
    between = passing[:, None, :] - passing[:, :, None]
    return WidthTable(amplitude, level, between.quantile(0.5, 0))
