"""How wrong a predicted pulse is: what training minimises, and what it keeps the best of."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import torch
from torch import Tensor

from mho.core.check import check_number

from .encoding import Encoding
from .records import PulseRecords

_FARTHEST = 0.9
"""Part of the way back to the start that a target is moved at most."""


class Answered(Protocol):
    """What a network is asked, with what would be right."""

    @property
    def inputs(self) -> Tensor:
        """(records, ...). Inputs of the network."""
        ...

    @property
    def outputs(self) -> Tensor:
        """(records,). Outputs that would be right."""
        ...


@dataclass(frozen=True)
class Examples:
    """Records as a network in single precision sees them.

    Args:
        records: What the cells did.
        encoding: What the network sees and says.
    """

    records: PulseRecords
    encoding: Encoding

    def nearer(self, part: float, generator: torch.Generator) -> "Examples":
        """The same with the targets of some examples moved towards their starts, at random.

        A history passes every conductance up to its target, so that it shows pulses to all of
        them; the recorded time is no longer right then.

        Args:
            part: Probability that a target is moved.
            generator: Source of the places.
        """
        start, target = self.records.start, self.records.target
        share = 1.0 - _FARTHEST * torch.rand(len(start), generator=generator, dtype=start.dtype)
        moved = torch.rand(len(start), generator=generator) < part
        target = torch.where(moved, start + share * (target - start), target)
        return Examples(replace(self.records, target=target), self.encoding)

    def elsewhere(self, part: float, generator: torch.Generator) -> "Examples":
        """The same with the targets of some examples moved to anywhere, at random.

        Anywhere is from the start as far as the course of the record leads, within the range of the
        targets; the recorded time is no longer right then.

        Args:
            part: Probability that a target is moved.
            generator: Source of the places.
        """
        start, target = self.records.start, self.records.target
        share = torch.rand(len(start), generator=generator, dtype=start.dtype)
        moved = torch.rand(len(start), generator=generator) < part
        target = torch.where(moved, start + share * (self.farthest - start), target)
        return Examples(replace(self.records, target=target), self.encoding)

    @cached_property
    def inputs(self) -> Tensor:
        """(records, 2 + 5 pulses). Inputs of the network."""
        now = self.encoding.inputs(self.records.start, self.records.target)
        return torch.cat([now, self.encoding.recall(self.records.earlier)], -1).float()

    @cached_property
    def outputs(self) -> Tensor:
        """(records,). Outputs that would be right."""
        return self.encoding.output(self.records.time).float()

    @cached_property
    def upwards(self) -> Tensor:
        """(records,), bool. Pulses towards a higher conductance."""
        return self.records.time > 0

    @cached_property
    def target(self) -> Tensor:
        """(records,), S, single precision. Conductance wanted."""
        return self.records.target.float()

    @cached_property
    def beyond(self) -> Tensor:
        """(records,). 1 where the last sample is above the target, -1 where it is not."""
        histories = self.records.histories
        last = histories.samples[histories.begin + histories.count - 1]
        return torch.where(last > self.target, 1.0, -1.0)

    @cached_property
    def farthest(self) -> Tensor:
        """(records,), S. Last target within the range of all targets that each course passes."""
        target, upwards = self.records.target, self.upwards
        lowest, highest = (each.to(target) for each in self.records.histories.extremes)
        return torch.where(
            upwards,
            highest.clamp(max=target.max()).maximum(target),
            lowest.clamp(min=target.min()).minimum(target),
        )

    @cached_property
    def span(self) -> float:
        """S. Range of the targets."""
        return (self.records.target.max() - self.records.target.min()).item()

    def time(self, output: Tensor, index: Tensor) -> Tensor:
        """Signed pulse times that some outputs stand for: (n,), s.

        Args:
            output: (n,), 1. Outputs of the network.
            index: (n,). Records that they belong to.
        """
        return self.encoding.time(output, self.upwards[index])

    def conductance(self, output: Tensor, index: Tensor, *, window: int, secant: float) -> Tensor:
        """Conductance after the predicted pulses, by the recorded histories: (n,), S.

        Beyond a record the gradient in the network's own units is one, towards the record.

        Args:
            output: (n,), 1. Outputs of the network.
            index: (n,). Records that they belong to.
            window: Samples over which the histories are smoothed.
            secant: Part of the time on both sides over which their slope is taken, not if 0.
        """
        upwards = self.upwards[index]
        time = self.time(output, index)
        along = torch.where(upwards, time, -time)  # negative in the wrong direction
        rate = self.encoding.rate(time.detach())
        # The distance to the target has to shrink on the way back, whatever side the noise of
        # the last sample is on: a pulse that is too long would grow without end otherwise.
        first = torch.where(upwards, 1.0, -1.0)
        outward = self.span * rate * torch.where(along < 0, first, self.beyond[index])
        histories = self.records.histories
        return histories.at(along, index=index, window=window, secant=secant, outward=outward)


class Criterion(ABC):
    """An error of each prediction, to be small on average."""

    @abstractmethod
    def error(self, output: Tensor, index: Tensor, examples: Any) -> Tensor:
        """Error of each output: (n,).

        Args:
            output: (n,), 1. Outputs of the network.
            index: (n,). Examples that they belong to.
            examples: What happened; at least `Answered`.
        """


@dataclass(frozen=True, kw_only=True)
class SquaredTime(Criterion):
    """Square of the difference to the recorded time, in the encoding's units."""

    def error(self, output: Tensor, index: Tensor, examples: Answered) -> Tensor:
        return (output - examples.outputs[index]) ** 2


@dataclass(frozen=True, kw_only=True)
class RelativeTime(Criterion):
    """Difference to the recorded time, relative to it: the papers' RPD of t."""

    def error(self, output: Tensor, index: Tensor, examples: Examples) -> Tensor:
        time = examples.records.time[index].to(output)
        return (examples.time(output, index) - time).abs() / time.abs()


@dataclass(frozen=True, kw_only=True)
class SquaredConductance(Criterion):
    """Square of the distance to the target, in units of the range, through the histories.

    Args:
        window: Samples over which the histories are smoothed.
        secant: Part of the time on both sides over which their slope is taken, not if 0.
    """

    window: int = 1
    secant: float = 0.0

    def __post_init__(self) -> None:
        check_number("window", self.window, low=1)
        check_number("secant", self.secant, low=0.0, high=1.0)

    def error(self, output: Tensor, index: Tensor, examples: Examples) -> Tensor:
        reached = examples.conductance(output, index, window=self.window, secant=self.secant)
        return ((reached - examples.target[index]) / examples.span) ** 2


@dataclass(frozen=True, kw_only=True)
class RelativeConductance(Criterion):
    """Distance to the target, relative to it, through the histories: the papers' RPD of G.

    Args:
        window: Samples over which the histories are smoothed.
        secant: Part of the time on both sides over which their slope is taken, not if 0.
    """

    window: int = 1
    secant: float = 0.0

    def __post_init__(self) -> None:
        check_number("window", self.window, low=1)
        check_number("secant", self.secant, low=0.0, high=1.0)

    def error(self, output: Tensor, index: Tensor, examples: Examples) -> Tensor:
        reached = examples.conductance(output, index, window=self.window, secant=self.secant)
        target = examples.target[index]
        return (reached - target).abs() / target


@dataclass(frozen=True, kw_only=True)
class BeyondTolerance(Criterion):
    r"""How far the target is missed beyond a tolerance, through the histories.

    With the relative distance :math:`e` and the tolerance :math:`\epsilon` it is
    :math:`\ln(1 + e^2 / \epsilon^2)`: hardly anything within the tolerance, and twice the logarithm
    of :math:`e / \epsilon` far outside. That is what is left to do in write and verify, where each
    pulse shortens the distance by some factor. A bounded criterion would give up distant cells.

    Args:
        tolerance: Relative distance that is near enough.
        window: Samples over which the histories are smoothed.
        secant: Part of the time on both sides over which their slope is taken, not if 0.
    """

    tolerance: float = 0.05
    window: int = 1
    secant: float = 0.0

    def __post_init__(self) -> None:
        check_number("tolerance", self.tolerance, low=0.0, above=True)
        check_number("window", self.window, low=1)
        check_number("secant", self.secant, low=0.0, high=1.0)

    def error(self, output: Tensor, index: Tensor, examples: Examples) -> Tensor:
        distance = RelativeConductance(window=self.window, secant=self.secant)
        return torch.log1p((distance.error(output, index, examples) / self.tolerance) ** 2)
