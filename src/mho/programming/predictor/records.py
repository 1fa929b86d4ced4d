"""Pulses that each brought a cell to its target: what a predictor learns from."""

from dataclasses import dataclass, replace
from itertools import pairwise

import torch
from torch import Tensor

from mho.core.check import argument_error
from mho.programming.programmer import Programmer

from .histories import Course


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


def joined(rounds: list[PulseRecords]) -> PulseRecords:
    """All rounds in one; their samples move one round at a time, since they fill the memory.

    Args:
        rounds: Records with courses of one kind; the list is empty afterwards.
    """
    missed = sum(each.missed for each in rounds)
    if not any(map(len, rounds)):
        raise argument_error("longest", "suffice to reach a target", f"{missed} were missed")
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
