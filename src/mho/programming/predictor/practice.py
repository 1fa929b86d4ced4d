"""What a scheme's own pulses do, and what they ought to have been: practice before use."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from mho.core import Device, Past, Pulse
from mho.core.check import argument_error, check_number
from mho.core.past import NO_PAST
from mho.core.random import generator
from mho.programming.programmer import Programmer

from .earlier import earlier_pulses
from .histories import Futures
from .records import PulseRecords, Recording, joined


@dataclass(frozen=True)
class Landings:
    """Where pulses of a scheme landed.

    Args:
        start: (pulses,), S. Conductance before the pulse.
        target: (pulses,), S. Conductance wanted.
        landed: (pulses,), S. Conductance after the pulse.
        tried: (pulses,). Pulses that the cell had for this target before.
        cell: (pulses,). Number of the cell.
        earlier: (pulses, remembered, 3). Pulses that the cell had before, as in `PulseRecords`.
    """

    start: Tensor
    target: Tensor
    landed: Tensor
    tried: Tensor
    cell: Tensor
    earlier: Tensor

    def where(self, mask: Tensor) -> "Landings":
        """Some of the landings.

        Args:
            mask: (pulses,), bool or indices. Landings to keep.
        """
        return Landings(**{name: value[mask] for name, value in vars(self).items()})

    @property
    def relative_error(self) -> Tensor:
        """|G - target| / target after the pulse: (pulses,)."""
        return (self.landed - self.target).abs() / self.target


@dataclass(frozen=True, kw_only=True)
class Practice:
    """Lets a scheme write and verify on cells, and looks at what each of its pulses did.

    A `Recording` cuts every pulse at its target. Here a pulse ends where the scheme ends it, the
    cell is read, and it gets another pulse for the same target until it is near enough: so
    corrections occur as often as in use, from where the scheme's own errors lead. What each pulse
    ought to have been is tried on a copy of the cell, which is driven on across the range and
    looked at after growing times.

    Args:
        recording: Number of cells, the targets they visit before, the range and the seed.
        pulses: Pulses of each cell that are kept.
        warm_up: Pulses of each cell before that.
        tolerance: Relative error at which a cell gets another target.
        patience: Pulses after which a cell gets another target in any case.
        remembered: Earlier pulses that are kept with each.
        first: s. Time of the first look at a copy.
        ratio: Time of each later look, in times of the one before.
        longest: s. Time of the last look.
    """

    recording: Recording = field(default_factory=lambda: Recording(warm_up=3))
    pulses: int = 10
    warm_up: int = 8
    tolerance: float = 0.05
    patience: int = 10
    remembered: int = 8
    first: float = 20e-9
    ratio: float = 1.2
    longest: float = 1e-3

    def __post_init__(self) -> None:
        for name in ("pulses", "patience"):
            check_number(name, getattr(self, name), low=1)
        for name in ("warm_up", "remembered"):
            check_number(name, getattr(self, name), low=0)
        check_number("tolerance", self.tolerance, low=0.0, above=True)
        check_number("first", self.first, low=0.0, above=True)
        check_number("ratio", self.ratio, low=1.0, above=True)
        check_number("longest", self.longest, low=self.first, above=True)

    def land(self, device: Device[Any], programmer: Programmer) -> Landings:
        """Where the pulses of a scheme land.

        Args:
            device: Model of the cells.
            programmer: Scheme that is fitted for the device.
        """
        rounds = [each.landings for each in self._rounds(device, programmer)]
        names = vars(rounds[0])
        return Landings(
            **{name: torch.cat([vars(each)[name] for each in rounds]) for name in names}
        )

    def record(self, device: Device[Any], programmer: Programmer) -> PulseRecords:
        """What would have been right where a scheme's own pulses have led.

        Args:
            device: Model of the cells.
            programmer: Scheme that is fitted for the device.
        """
        source = generator(self.recording.seed, 2)
        rounds, missed = [], 0
        for each in self._rounds(device, programmer):
            records = self._futures(device, each, source)
            missed += records.missed
            rounds.append(records)
        if not any(map(len, rounds)):
            raise argument_error("longest", "suffice to reach a target", f"is {self.longest:g} s")
        return joined(rounds, missed)

    def _rounds(self, device: Device[Any], programmer: Programmer) -> Iterator["_Round"]:
        """One pulse of every cell each."""
        seed = self.recording.seed
        source, draws = generator(seed, 0), generator(seed, 1)
        state = self.recording.used(device, self._drawn(device, draws), source)
        conductance, past = device.conductance(state), NO_PAST
        target, tried = self._drawn(device, draws), torch.zeros_like(conductance, dtype=torch.int64)
        for number in range(self.warm_up + self.pulses):
            near = (conductance - target).abs() <= self.tolerance * target
            done = near | (tried >= self.patience)
            target = torch.where(done, self._drawn(device, draws), target)
            tried = torch.where(done, 0, tried)
            pulse = programmer.pulse(conductance, target, past)
            earlier = earlier_pulses(past, conductance, device.set_voltage, self.remembered)
            after = device.apply(state, pulse, source)
            landed = device.conductance(after)
            if number >= self.warm_up:
                landings = Landings(
                    start=conductance.flatten(),
                    target=target.flatten(),
                    landed=landed.flatten(),
                    tried=tried.flatten(),
                    cell=torch.arange(conductance.numel()),
                    earlier=earlier.flatten(0, -3),
                )
                yield _Round(state, landings)
            past = past.then(conductance, pulse)
            forgotten = max(len(past.reads) - self.remembered, 0)
            past = Past(past.reads[forgotten:], past.pulses[forgotten:])
            state, conductance, tried = after, landed, tried + 1

    def _drawn(self, device: Device[Any], draws: torch.Generator) -> Tensor:
        """A random target for each cell."""
        low, high = self.recording.range(device)
        share = torch.rand(1, self.recording.cells, dtype=torch.float64, generator=draws)
        return low + (high - low) * share

    def _futures(
        self, device: Device[Any], before: "_Round", source: torch.Generator
    ) -> PulseRecords:
        """What would have led to the targets of a round."""
        landings = before.landings
        low, high = self.recording.range(device)
        start, upwards = landings.start, landings.target > landings.start
        up = torch.full_like(start, device.set_voltage)
        amplitude = torch.where(upwards, up, torch.full_like(start, device.reset_voltage))
        looks = self._looks(device, before.state, amplitude, (low, high), source)
        place, reached = _closest(looks, landings.target, upwards)
        time = self._times()[place]
        records = PulseRecords(
            start=start,
            target=landings.target,
            end=looks.samples[looks.begin + place].double(),
            time=torch.where(upwards, time, -time),
            amplitude=amplitude,
            cell=landings.cell,
            earlier=landings.earlier,
            histories=looks,
            missed=int((~reached).sum()),
        )
        return records.where(reached)

    def _times(self) -> Tensor:
        """When a copy is looked at, s; the first time before its pulse."""
        count = 1 + math.floor(math.log(self.longest / self.first) / math.log(self.ratio))
        growing = self.first * self.ratio ** torch.arange(count, dtype=torch.float64)
        return torch.cat([torch.zeros(1, dtype=torch.float64), growing])

    def _looks(
        self,
        device: Device[Any],
        state: Any,
        amplitude: Tensor,
        within: tuple[float, float],
        source: torch.Generator,
    ) -> Futures:
        """Copies of the cells driven on, each until it has left the range of targets behind."""
        seen, upwards = [device.conductance(state).flatten()], amplitude == device.set_voltage
        count = torch.ones(len(amplitude), dtype=torch.int64)
        driven = torch.ones_like(upwards)
        below, above = within[0] / _BEYOND, within[1] * _BEYOND
        for width in self._times().diff():
            pulse = Pulse(amplitude[None], (width * driven)[None])
            state = device.apply(state, pulse, source)
            seen.append(device.conductance(state).flatten())
            count += driven
            beyond = torch.where(upwards, seen[-1] > above, seen[-1] < below)
            driven = driven & ~beyond
        samples = torch.stack(seen, 1).float()
        begin = torch.arange(len(amplitude)) * samples.shape[1]
        return Futures(samples.flatten(), begin, count, self.first, self.ratio)


@dataclass(frozen=True)
class _Round:
    """One pulse of every cell, and the state before it."""

    state: Any
    landings: Landings


def _closest(looks: Futures, target: Tensor, upwards: Tensor) -> tuple[Tensor, Tensor]:
    """Sample closest to the target when it is passed, and whether it is passed."""
    seen = looks.samples.reshape(len(target), -1).double()
    passed = torch.where(upwards[:, None], seen >= target[:, None], seen <= target[:, None])
    after = passed[:, 1:].int().argmax(1) + 1
    pair = torch.stack([after - 1, after], 1)
    distance = (seen.gather(1, pair) - target[:, None]).abs()
    nearer = torch.where(distance[:, 0] < distance[:, 1], after - 1, after)
    return nearer.clamp(min=1), passed[:, 1:].any(1)


_BEYOND = 1.15  # of the range of targets: noise alone does not lead back from there
