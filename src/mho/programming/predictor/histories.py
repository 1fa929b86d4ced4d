"""Conductance over time as a function that a network can be trained through."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mho.core.check import argument_error, check_number


@dataclass(frozen=True)
class Histories:
    """Recorded conductances of many pulses, each at equal steps from the start of its pulse.

    Args:
        samples: (samples,), S. All samples of the first record before those of the second.
        begin: (records,). Place of each record's first sample, which is at time 0.
        count: (records,). Samples of each record.
        step: s. Time between two samples.
    """

    samples: Tensor
    begin: Tensor
    count: Tensor
    step: float

    @property
    def duration(self) -> Tensor:
        """Time of the last sample of each record: (records,), s."""
        return self.step * (self.count - 1).double()

    def where(self, mask: Tensor) -> "Histories":
        """The histories of some records, sharing their samples.

        Args:
            mask: (records,), bool or indices. Records to keep.
        """
        return Histories(self.samples, self.begin[mask], self.count[mask], self.step)

    def at(
        self,
        time: Tensor,
        *,
        index: Tensor | None = None,
        window: int = 1,
        secant: float = 0.0,
        outward: Tensor | None = None,
    ) -> Tensor:
        r"""Conductance after a time, by linear interpolation; beyond a record its nearest end.

        With a `window` of :math:`2h + 1` samples the record is smoothed by a moving average,
        shorter at its ends. The gradient inside a record is the slope of the piece in which the
        time lies; of a noisy cell that is mostly noise, so that it may be taken as the slope of
        the secant from :math:`(1 - s) t` to :math:`(1 + s) t` instead. Beyond the record it would
        be zero, and a network that predicts such times could not learn; it is `outward` there,
        which leads back.

        Args:
            time: (n,), s. Time since the start of each pulse.
            index: (n,). Records that they belong to, all in order if left out.
            window: Odd number of samples to average over.
            secant: Part of the time on both sides over which the slope is taken, not if 0.
            outward: (n,), S/s. Gradient beyond the ends of a record, zero if left out.
        """
        check_number("window", window, low=1)
        check_number("secant", secant, low=0.0, high=1.0)
        if window % 2 == 0:
            raise argument_error("window", "be odd", f"is {window}")
        begin = self.begin if index is None else self.begin[index]
        count = self.count if index is None else self.count[index]
        outward = torch.zeros_like(time) if outward is None else outward
        place = (self.samples, begin, count, window // 2, secant)
        along: Tensor = _Along.apply(time / self.step, outward * self.step, *place)
        return along


class _Along(torch.autograd.Function):
    """Piecewise linear value and slope at a place in a record, both in steps."""

    @staticmethod
    def forward(
        ctx: Any,
        place: Tensor,
        outward: Tensor,
        samples: Tensor,
        begin: Tensor,
        count: Tensor,
        half: int,
        secant: float,
    ) -> Tensor:
        record, last = (samples, begin, count, half), (count - 1).to(place)
        value, slope = _line(place, *record)
        if secant > 0.0:
            inside = torch.minimum(place.clamp(min=0.0), last)  # a time may be infinite
            reach = (secant * inside).clamp(min=1.0)
            after, before = torch.minimum(inside + reach, last), (inside - reach).clamp(min=0.0)
            rise = _line(after, *record)[0] - _line(before, *record)[0]
            slope = rise / (after - before).clamp(min=1.0)
        beyond = (place < 0.0) | (place > last)
        ctx.save_for_backward(torch.where(beyond, outward, slope))
        return value

    @staticmethod
    def backward(ctx: Any, *gradient: Tensor) -> tuple[Tensor | None, ...]:
        (slope,) = ctx.saved_tensors
        return gradient[0] * slope, None, None, None, None, None, None


def _line(
    place: Tensor, samples: Tensor, begin: Tensor, count: Tensor, half: int
) -> tuple[Tensor, Tensor]:
    """Value and slope of the piece in which a place lies; beyond a record, value of its end."""
    last = (count - 1).to(place)
    inside = torch.minimum(place.clamp(min=0.0), last)
    left = torch.minimum(inside.floor(), (last - 1).clamp(min=0.0)).long()
    value = _smoothed(samples, begin, count, left, half).to(place)
    after = _smoothed(samples, begin, count, (left + 1).minimum(count - 1), half).to(place)
    return value + (after - value) * (inside - left), after - value


def _smoothed(samples: Tensor, begin: Tensor, count: Tensor, place: Tensor, half: int) -> Tensor:
    """Mean over the samples around a place that its record has."""
    if half == 0:
        return samples[begin + place]
    around = place[:, None] + torch.arange(-half, half + 1, device=place.device)
    within = (around >= 0) & (around < count[:, None])
    values = samples[begin[:, None] + torch.where(within, around, 0)]
    return (values * within).sum(1) / within.sum(1)
