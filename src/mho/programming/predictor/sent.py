"""What single pulses did to cells: all that a real array tells of them."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.check import check_number
from mho.core.random import generator
from mho.programming.program import ProgramResult


@dataclass(frozen=True)
class SentPulses:
    """Pulses with the reads before and after them, cell by cell.

    Args:
        before: (pulses, ..., rows, cols), S. Conductance before each pulse.
        amplitude: (pulses, ..., rows, cols), V. Amplitude of each pulse.
        width: (pulses, ..., rows, cols), s. Width of each pulse, zero where none was sent.
        after: (pulses, ..., rows, cols), S. Conductance after each pulse.
    """

    before: Tensor
    amplitude: Tensor
    width: Tensor
    after: Tensor

    @classmethod
    def of(cls, *results: ProgramResult) -> "SentPulses":
        """The pulses of programming jobs on the same cells, the first ones first.

        Args:
            *results: What the jobs did.
        """
        return cls(
            before=torch.cat([result.conductance[:-1] for result in results]),
            amplitude=torch.cat([result.amplitude for result in results]),
            width=torch.cat([result.width for result in results]),
            after=torch.cat([result.conductance[1:] for result in results]),
        )

    def first(self, pulses: int) -> "SentPulses":
        """The first pulses only.

        Args:
            pulses: How many of each cell.
        """
        columns = (self.before, self.amplitude, self.width, self.after)
        return SentPulses(*(column[:pulses] for column in columns))

    def split(self, *shares: float) -> tuple["SentPulses", ...]:
        """Parts of the cells, as (pulses, 1, cells): none is trained on and tested on.

        Args:
            *shares: Share of the cells in each part, such as 0.8, 0.2.
        """
        columns = (self.before, self.amplitude, self.width, self.after)
        flat = [column.flatten(1)[:, None] for column in columns]
        cells = flat[0].shape[-1]
        bounds = (torch.tensor((0.0, *shares)).cumsum(0) * cells).round().long().tolist()
        return tuple(
            SentPulses(*(column[..., a:b] for column in flat)) for a, b in pairwise(bounds)
        )

    def moved(self, least: float) -> Tensor:
        """Pulses that moved their cell the way they should: (pulses, ..., rows, cols), bool.

        Which way is known by most of the pulses of each polarity.

        Args:
            least: Relative change of conductance below which a cell counts as left alone.
        """
        change = self.after / self.before - 1.0
        moved = (change.abs() > least) & (self.width > 0)
        positive = self.amplitude > 0
        votes = torch.where(positive, change.sign(), -change.sign())[moved].sum()
        upwards = positive if votes > 0 else ~positive
        return moved & (upwards == (change > 0))


@dataclass(frozen=True, kw_only=True)
class RandomPulses:
    """Pulses of random amplitude and polarity and of one width, one after the other.

    Args:
        cells: Cells to pulse.
        pulses: Pulses on each cell.
        width: s. Width of each pulse.
        weakest: Smallest amplitude, as a share of the device's SET or RESET amplitude, which is
            the largest one.
        seed: Selects cells, pulses and noise.
    """

    cells: int = 1000
    pulses: int = 40
    width: float = 1e-6
    weakest: float = 0.3
    seed: int = 0

    def __post_init__(self) -> None:
        check_number("cells", self.cells, low=1)
        check_number("pulses", self.pulses, low=1)
        check_number("width", self.width, low=0.0, above=True)
        check_number("weakest", self.weakest, low=0.0, high=1.0)

    def record(self, device: Device[Any]) -> SentPulses:
        """What the pulses do to cells of a device.

        Args:
            device: Model of the cells.
        """
        source, draws = generator(self.seed, 0), generator(self.seed, 1)
        shape = (1, self.cells)
        state = device.fabricate(shape, source)
        amplitude, reads = [], [device.conductance(state)]
        for _ in range(self.pulses):
            share, polarity = torch.rand(2, *shape, dtype=torch.float64, generator=draws)
            strength = self.weakest + (1.0 - self.weakest) * share
            largest = torch.where(polarity < 0.5, device.set_voltage, device.reset_voltage)
            amplitude.append(strength * largest)
            pulse = Pulse(amplitude[-1], torch.full_like(strength, self.width))
            state = device.apply(state, pulse, source)
            reads.append(device.conductance(state))
        read, sent = torch.stack(reads), torch.stack(amplitude)
        return SentPulses(read[:-1], sent, torch.full_like(sent, self.width), read[1:])
