"""What noisy cells did while they were driven to random targets: what a predictor learns from."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mho.core import Device, Pulse, Trace
from mho.core.check import argument_error, check_number
from mho.core.random import generator
from mho.programming.programmer import Programmer

from .histories import Course, Histories


@dataclass(frozen=True)
class PulseRecords:
    """Pulses that each stopped where their cell was closest to its target.

    Args:
        start: (records,), S. Conductance before the pulse.
        target: (records,), S. Conductance wanted.
        end: (records,), S. Sample closest to the target when it was passed.
        time: (records,), s. Pulse time until then, positive for SET and negative for RESET.
        amplitude: (records,), V. Amplitude of the pulse.
        cell: (records,). Number of the cell.
        earlier: (records, pulses, 3). Pulses that the cell had before, the first one first:
            conductance before and after, S, and signed time, s, all zero where there was none.
        histories: Conductance over time during each pulse and after its end.
        missed: Targets that a cell did not reach in the longest time; they are no records.
    """

    start: Tensor
    target: Tensor
    end: Tensor
    time: Tensor
    amplitude: Tensor
    cell: Tensor
    earlier: Tensor
    histories: Course
    missed: int

    def __len__(self) -> int:
        return len(self.start)

    def where(self, mask: Tensor) -> "PulseRecords":
        """Some of the records; they share the memory of the histories.

        Args:
            mask: (records,), bool or indices. Records to keep.
        """
        kept = {name: getattr(self, name)[mask] for name in _COLUMNS}
        return replace(self, **kept, histories=self.histories.where(mask))

    def reached(self, programmer: Programmer) -> Tensor:
        """Conductance to which one pulse of a scheme leads, by the histories: (records,), S.

        A pulse in the wrong direction counts as none, as the histories do not show it.

        Args:
            programmer: Scheme that is asked for a pulse for each record.
        """
        pulse = programmer.pulse(self.start[None], self.target[None])
        right = (pulse.amplitude[0] > 0) == (self.amplitude > 0)
        return self.histories.at(torch.where(right, pulse.width[0], 0.0))

    def remembering(self, pulses: int) -> "PulseRecords":
        """The same with what each cell did in the records before, which are in order of time.

        Args:
            pulses: Earlier pulses to keep with each record.
        """
        order = self.cell.argsort(stable=True)
        cell, start, time = self.cell[order], self.start[order], self.time[order]
        earlier = start.new_zeros(len(self), pulses, 3)
        for back in range(1, min(pulses, len(self) - 1) + 1):
            same = (cell[back:] == cell[:-back])[:, None]
            after = start[1 : len(start) - back + 1]
            pulse = torch.stack([start[:-back], after, time[:-back]], 1)
            earlier[back:, pulses - back] = pulse * same
        kept = torch.empty_like(earlier)
        kept[order] = earlier
        return replace(self, earlier=kept)

    def split(self, *shares: float) -> tuple["PulseRecords", ...]:
        """Parts in which no cell occurs twice, so that none is trained on and tested on.

        Args:
            *shares: Share of the cells in each part, such as 0.8, 0.1, 0.1.
        """
        cells = self.cell.unique()
        bounds = (torch.tensor((0.0, *shares)).cumsum(0) * len(cells)).round().long().tolist()
        parts = [cells[a:b] for a, b in pairwise(bounds)]
        return tuple(self.where(torch.isin(self.cell, part)) for part in parts)


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Drives cells of a device from target to random target, and keeps what they did.

    Each cell visits one target after the other, as in use: a record starts where the one before
    ended, with whatever the noise has made of the hidden state by then. The pulse is cut where the
    conductance passes the target; of the samples on both sides the closer one counts. The history
    goes on beyond it, on a copy of the cell. Source: paper of the pulse predictor, section II-B.

    Args:
        cells: Cells to record.
        targets: Records of each cell.
        warm_up: Targets that each cell visits before it is recorded.
        low: S. Lowest target, 3 % of the device's range above its bottom if left out.
        high: S. Highest target, 5 % of the device's range below its top if left out.
        step: s. Time between two samples.
        longest: s. Pulse time after which a target counts as missed.
        extent: How long a history is, in pulse times.
        seed: Selects cells, targets and noise.
    """

    cells: int = 250
    targets: int = 40
    warm_up: int = 5
    low: float | None = None
    high: float | None = None
    step: float = 10e-9
    longest: float = 5e-3
    extent: float = 2.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_number("cells", self.cells, low=1)
        check_number("targets", self.targets, low=1)
        check_number("warm_up", self.warm_up, low=0)
        check_number("step", self.step, low=0.0, above=True)
        check_number("longest", self.longest, low=self.step)
        check_number("extent", self.extent, low=1.0)

    def range(self, device: Device[Any]) -> tuple[float, float]:
        """Lowest and highest target for a device, S.

        Args:
            device: Model of the cells.
        """
        span = device.g_max - device.g_min
        low = device.g_min + 0.03 * span if self.low is None else self.low
        high = device.g_max - 0.05 * span if self.high is None else self.high
        if not device.g_min <= low < high <= device.g_max:
            must = f"lie within {device.g_min:.4g} to {device.g_max:.4g} S, `low` below `high`"
            raise argument_error("low", must, f"they are {low:.4g} and {high:.4g} S")
        return low, high

    def record(self, device: Device[Any], state: Any = None) -> PulseRecords:
        """Records of a device.

        Args:
            device: Model of the cells.
            state: State of (1, cells) to record instead of new ones.
        """
        source, draws = generator(self.seed, 0), generator(self.seed, 1)
        low, high = self.range(device)
        rounds, missed = [], 0
        if state is None:
            state = device.fabricate((1, self.cells), source)
        for number in range(self.warm_up + self.targets):
            target = low + (high - low) * torch.rand(
                1, self.cells, dtype=torch.float64, generator=draws
            )
            visit = _Visit(device, state, target, self)
            visit.cross(source)
            if number >= self.warm_up:
                rounds.append(visit.records(source))
                missed += int((~visit.reached).sum())
            state = visit.state
        if not any(map(len, rounds)):
            raise argument_error("longest", "suffice to reach a target", f"is {self.longest:g} s")
        return joined(rounds, missed)

    def used(self, device: Device[Any], conductance: Tensor, generator: torch.Generator) -> Any:
        """State of cells in use: made, driven to `warm_up` random targets, then to a conductance.

        They are to a predictor what the starts of records are, so it can be judged on them.

        Args:
            device: Model of the cells.
            conductance: (..., rows, cols), S. Where each cell is left, past it by a sample.
            generator: Source of spread, targets and noise.
        """
        low, high = self.range(device)
        state = device.fabricate(tuple(conductance.shape), generator)
        for _ in range(self.warm_up):
            draw = torch.rand(conductance.shape, dtype=torch.float64, generator=generator)
            for trace in _crossing(device, state, low + (high - low) * draw, self, generator):
                state = trace.state
        for trace in _crossing(device, state, conductance, self, generator):
            state = trace.state
        return state


FIRST_STEPS = 1000
"""Steps of the first part of a pulse; each part after it is as long as all before."""
MOST_SAMPLES = 1 << 26
"""Samples of all cells that a part may have, 256 MiB, unless its first steps have more."""


def _crossing(
    device: Device[Any], state: Any, target: Tensor, settings: Recording, source: torch.Generator
) -> Iterator[Trace[Any]]:
    """Parts of the pulses that drive cells past their targets, until all have passed."""
    start = device.conductance(state)
    upwards, amplitude = target > start, _towards(device, start, target)
    longest = round(settings.longest / settings.step)
    most = MOST_SAMPLES // (target.numel() * FIRST_STEPS) * FIRST_STEPS
    steps, gone, left = FIRST_STEPS, 0, torch.ones_like(upwards)
    while gone < longest and left.any():
        steps = min(steps, longest - gone)
        pulse = Pulse(amplitude, settings.step * steps * left.double())
        trace = device.trace(state, pulse, source, step=settings.step, target=target)
        yield trace
        state = trace.state
        now = device.conductance(state)
        left = torch.where(upwards, now < target, now > target)
        gone += steps
        steps = max(FIRST_STEPS, min(gone, most))


def _towards(device: Device[Any], start: Tensor, target: Tensor) -> Tensor:
    """Amplitude in the direction of the target: as `start`, V."""
    up, down = start.new_tensor([device.set_voltage, device.reset_voltage])
    return torch.where(target > start, up, down)


class _Visit:
    """Cells on their way to one target each."""

    def __init__(self, device: Device[Any], state: Any, target: Tensor, settings: Recording):
        self.device, self.state, self.target, self.settings = device, state, target, settings
        self.start = device.conductance(state)
        self.upwards = target > self.start
        self.amplitude = _towards(device, self.start, target)
        self.reached = torch.zeros_like(self.upwards)
        self.parts: list[list[np.ndarray[Any, Any]]] = [[] for _ in range(target.numel())]

    def cross(self, source: torch.Generator) -> None:
        """Drive every cell until it passes its target."""
        for trace in _crossing(self.device, self.state, self.target, self.settings, source):
            self._keep(trace)
        now = self.device.conductance(self.state)
        self.reached = torch.where(self.upwards, now >= self.target, now <= self.target)

    def records(self, source: torch.Generator) -> PulseRecords:
        """Records of the cells that reached their target, with histories on copies of the cells."""
        chosen = self._closest()
        passed = torch.tensor([sum(map(len, parts)) for parts in self.parts])
        extent = torch.ceil(self.settings.extent * chosen)
        state = self.state
        step = self.settings.step
        more = ((extent - passed).clamp(min=0.0) * self.reached.flatten()).reshape(1, -1)
        beyond = Pulse(self.amplitude, step * more)
        self._keep(self.device.trace(state, beyond, source, step=step))
        self.state = state
        kept = self.reached.flatten()
        histories = [
            np.concatenate([[np.float32(start)], *parts])[: int(end) + 1]
            for start, parts, end, keep in zip(
                self.start.flatten(), self.parts, extent, kept, strict=True
            )
            if keep
        ]
        count = torch.tensor([len(history) for history in histories], dtype=torch.int64)
        samples = torch.from_numpy(np.concatenate([np.empty(0, np.float32), *histories]))
        whole = Histories(samples, count.cumsum(0) - count, count, self.settings.step)
        time = chosen[kept] * self.settings.step
        sign = torch.where(self.upwards.flatten()[kept], 1.0, -1.0).double()
        return PulseRecords(
            start=self.start.flatten()[kept],
            target=self.target.flatten()[kept],
            end=samples[whole.begin + chosen[kept].long()].double(),
            time=sign * time,
            amplitude=self.amplitude.flatten()[kept],
            cell=torch.arange(len(kept))[kept],
            earlier=torch.empty(int(kept.sum()), 0, 3, dtype=torch.float64),
            histories=whole,
            missed=0,
        )

    def _keep(self, trace: Trace[Any]) -> None:
        self.state = trace.state
        bounds = trace.count.flatten().cumsum(0)[:-1].tolist()
        for parts, part in zip(
            self.parts, np.split(trace.conductance.numpy(), bounds), strict=True
        ):
            if part.size:
                parts.append(part.copy())

    def _closest(self) -> Tensor:
        """Steps after which each cell was closest to its target, of the last two."""
        steps = []
        for parts, target in zip(self.parts, self.target.flatten().tolist(), strict=True):
            count = sum(map(len, parts))
            last = [float(value) for part in parts[-2:] for value in part[-2:]][-2:]
            earlier = len(last) == 2 and abs(last[0] - target) < abs(last[1] - target)
            steps.append(count - 1 if earlier else count)
        return torch.tensor(steps, dtype=torch.float64)


def joined(rounds: list[PulseRecords], missed: int) -> PulseRecords:
    """All rounds in one; their samples move one round at a time, since they fill the memory.

    Args:
        rounds: Records with courses of one kind; the list is empty afterwards.
        missed: Targets that were not reached, in all rounds.
    """
    total = sum(len(each.histories.samples) for each in rounds)
    samples = torch.empty(total, dtype=torch.float32)
    begins, position = [], 0
    columns = {name: torch.cat([getattr(each, name) for each in rounds]) for name in _COLUMNS}
    counts = torch.cat([each.histories.count for each in rounds])
    while rounds:
        histories = rounds.pop(0).histories
        samples[position : position + len(histories.samples)] = histories.samples
        begins.append(histories.begin + position)
        position += len(histories.samples)
    whole = replace(histories, samples=samples, begin=torch.cat(begins), count=counts)
    return PulseRecords(**columns, histories=whole, missed=missed)


_COLUMNS = ("start", "target", "end", "time", "amplitude", "cell", "earlier")
