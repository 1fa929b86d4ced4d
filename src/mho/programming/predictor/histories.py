"""Conductance over time as a function that a network can be trained through."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, Self

import torch
from torch import Tensor

from mho.core.check import argument_error, check_number


@dataclass(frozen=True)
class Course(ABC):
    """Sampled conductances of many pulses, each from the start of its pulse.

    Args:
        samples: (samples,), S. All samples of the first record before those of the second.
        begin: (records,). Place of each record's first sample, which is at time 0.
        count: (records,). Samples of each record.
    """

    samples: Tensor
    begin: Tensor
    count: Tensor

    @abstractmethod
    def place(self, time: Tensor) -> Tensor:
        """Number of the sample, in whole and parts, that is at a time: (n,).

        Args:
            time: (n,), s. Time since the start of each pulse.
        """

    @abstractmethod
    def duration_of_step(self, time: Tensor) -> Tensor:
        """Time between the samples around a time: (n,), s.

        Args:
            time: (n,), s. Time since the start of each pulse.
        """

    @abstractmethod
    def reach(self, place: Tensor, secant: float) -> Tensor:
        """Samples that a part of the time spans: (n,).

        Args:
            place: (n,), 1. Number of a sample, in whole and parts.
            secant: Part of its time.
        """

    @property
    def extremes(self) -> tuple[Tensor, Tensor]:
        """Lowest and highest sample of each record: (records,) each, S."""
        ends = zip(self.begin.tolist(), (self.begin + self.count).tolist(), strict=True)
        pairs = [torch.stack(self.samples[begin:end].aminmax()) for begin, end in ends]
        lowest, highest = torch.stack(pairs, 1)
        return lowest, highest

    def where(self, mask: Tensor) -> Self:
        """The courses of some records, sharing their samples.

        Args:
            mask: (records,), bool or indices. Records to keep.
        """
        return replace(self, begin=self.begin[mask], count=self.count[mask])

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
        outward = outward * self.duration_of_step(time.detach())
        record = (self.samples, begin, count, window // 2)
        place = self.place(time)
        inside = torch.minimum(place.detach().clamp(min=0.0), (count - 1).to(place))
        reach = self.reach(inside, secant).clamp(min=1.0) if secant else None
        along: Tensor = _Along.apply(place, outward, reach, *record)
        return along


@dataclass(frozen=True)
class Histories(Course):
    """Courses that were sampled at equal steps.

    Args:
        samples: (samples,), S. All samples of the first record before those of the second.
        begin: (records,). Place of each record's first sample, which is at time 0.
        count: (records,). Samples of each record.
        step: s. Time between two samples.
    """

    step: float

    @property
    def duration(self) -> Tensor:
        """Time of the last sample of each record: (records,), s."""
        return self.step * (self.count - 1).double()

    def place(self, time: Tensor) -> Tensor:
        return time / self.step

    def duration_of_step(self, time: Tensor) -> Tensor:
        return torch.full_like(time, self.step)

    def reach(self, place: Tensor, secant: float) -> Tensor:
        return secant * place


@dataclass(frozen=True)
class Futures(Course):
    """Courses that were sampled ever more rarely, since pulse times span decades.

    Args:
        samples: (samples,), S. All samples of the first record before those of the second.
        begin: (records,). Place of each record's first sample, which is at time 0.
        count: (records,). Samples of each record.
        first: s. Time of the second sample.
        ratio: Time of each later sample, in times of the one before.
    """

    first: float
    ratio: float

    def place(self, time: Tensor) -> Tensor:
        early = time < self.first
        later = torch.where(early, self.first, time)  # the logarithm of 0 has no gradient
        grown = 1.0 + (later / self.first).log() / math.log(self.ratio)
        return torch.where(early, time / self.first, grown)

    def duration_of_step(self, time: Tensor) -> Tensor:
        return math.log(self.ratio) * time.clamp(min=self.first)

    def reach(self, place: Tensor, secant: float) -> Tensor:
        return torch.full_like(place, math.log1p(secant) / math.log(self.ratio))


class _Along(torch.autograd.Function):
    """Piecewise linear value and slope at a place in a record, both in steps."""

    @staticmethod
    def forward(
        ctx: Any,
        place: Tensor,
        outward: Tensor,
        reach: Tensor | None,
        samples: Tensor,
        begin: Tensor,
        count: Tensor,
        half: int,
    ) -> Tensor:
        record, last = (samples, begin, count, half), (count - 1).to(place)
        value, slope = _line(place, *record)
        if reach is not None:
            inside = torch.minimum(place.clamp(min=0.0), last)  # a time may be infinite
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
