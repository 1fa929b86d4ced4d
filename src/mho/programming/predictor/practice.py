"""What a scheme's own pulses do, and what they ought to have been: practice before use."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from mho.core import Device, Past
from mho.core.check import check_number
from mho.core.past import NO_PAST
from mho.core.random import generator
from mho.programming.programmer import Programmer

from .earlier import earlier_pulses
from .looks import Looks
from .recording import Recording
from .records import PulseRecords, joined


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


@dataclass(frozen=True)
class Round:
    """One pulse of every cell.

    Args:
        state: State of the cells before it, (1, cells).
        landings: Where it landed.
    """

    state: Any
    landings: Landings


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
        looks: How copies of the cells are driven on.
    """

    recording: Recording = field(default_factory=lambda: Recording(warm_up=3))
    pulses: int = 10
    warm_up: int = 8
    tolerance: float = 0.05
    patience: int = 10
    remembered: int = 8
    looks: Looks = field(default_factory=Looks)

    def __post_init__(self) -> None:
        for name in ("pulses", "patience"):
            check_number(name, getattr(self, name), low=1)
        for name in ("warm_up", "remembered"):
            check_number(name, getattr(self, name), low=0)
        check_number("tolerance", self.tolerance, low=0.0, above=True)

    def land(self, device: Device[Any], programmer: Programmer) -> Landings:
        """Where the pulses of a scheme land.

        Args:
            device: Model of the cells.
            programmer: Scheme that is fitted for the device.
        """
        rounds = [each.landings for each in self.rounds(device, programmer)]
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
        source, rounds = generator(self.recording.seed, 2), []
        within, step = self.recording.range(device), self.recording.step
        for each in self.rounds(device, programmer):
            target, earlier = each.landings.target, each.landings.earlier
            records = self.looks.record(
                device,
                each.state,
                target,
                within=within,
                step=step,
                source=source,
                earlier=earlier,
            )
            rounds.append(records)
        return joined(rounds)

    def rounds(self, device: Device[Any], programmer: Programmer) -> Iterator[Round]:
        """One pulse of every cell after the other.

        Args:
            device: Model of the cells.
            programmer: Scheme that is fitted for the device.
        """
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
                yield Round(state, landings)
            past = past.then(conductance, pulse)
            forgotten = max(len(past.reads) - self.remembered, 0)
            past = Past(past.reads[forgotten:], past.pulses[forgotten:])
            state, conductance, tried = after, landed, tried + 1

    def _drawn(self, device: Device[Any], draws: torch.Generator) -> Tensor:
        """A random target for each cell."""
        low, high = self.recording.range(device)
        share = torch.rand(1, self.recording.cells, dtype=torch.float64, generator=draws)
        return low + (high - low) * share
