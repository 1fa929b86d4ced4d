"""Bisection on the pulse width: too short and too long close in on what a cell needs."""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from mho.core import Device, Past, Pulse
from mho.core.check import check_number
from mho.core.past import NO_PAST

from .drive import Drive
from .programmer import Programmer, fitted

_FINEST = 0.05  # of the bracket's upper end: shorter pulses would never get there
_WIDENED = 1.25  # an upper end that was passed without reaching the target


@dataclass(frozen=True, kw_only=True)
class Bisection(Programmer):
    r"""For each cell and direction, a width that fell short and one that went too far.

    .. math:: w = \frac{w_{short} + w_{far}}{2} - w_{sent}

    Widths count from where the cell turned: pulses in one direction add up to one long pulse, of
    which :math:`w_{sent}` is over. Every read halves the bracket, from below if the cell is still
    short of its target, from above if it is past it; then the cell turns. While no width was too
    long the sum doubles, up to that of a few full switchings.

    Args:
        start: First width, as a share of the time of a full switching.
        longest: Widest pulse, likewise.
        drive: Voltages and times of the device, made by `fit`.
    """

    start: float = 0.5
    longest: float = 10.0
    drive: Drive | None = None

    def __post_init__(self) -> None:
        check_number("start", self.start, low=0.0, above=True)
        check_number("longest", self.longest, low=self.start)

    @property
    def reach(self) -> tuple[float, float] | None:
        return None if self.drive is None else (self.drive.low, self.drive.high)

    def fit(self, device: Device[Any]) -> "Bisection":
        return replace(self, drive=Drive.of(device))

    def pulse(self, conductance: Tensor, target: Tensor, past: Past = NO_PAST) -> Pulse:
        drive = fitted("drive", self.drive)
        upwards = target > conductance
        full = drive.time(upwards)
        first = self.start * full
        short, far, sent = self._bracket(upwards, conductance, target, past)
        width = torch.maximum(0.5 * (torch.maximum(short, sent) + far) - sent, _FINEST * far)
        width = torch.where(far == torch.inf, torch.maximum(2.0 * short - sent, first), width)
        return Pulse(drive.voltage(upwards), torch.minimum(width, self.longest * full))

    def _bracket(
        self, upwards: Tensor, conductance: Tensor, target: Tensor, past: Past
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Widths that fell short and went too far in the direction wanted, and what was sent."""
        drive = fitted("drive", self.drive)
        short, sent = torch.zeros_like(conductance), torch.zeros_like(conductance)
        far = torch.full_like(conductance, torch.inf)
        reads = (*past.reads, conductance)
        for before, after, pulse in zip(reads, reads[1:], past.pulses, strict=False):
            same_way = (pulse.amplitude * drive.set_voltage > 0) == upwards
            sent = torch.where(same_way | (pulse.width == 0), sent + pulse.width, 0.0)
            # Pulses of an earlier job may have gone away from what is the target now.
            meant = same_way & (pulse.width > 0) & ((target > before) == upwards)
            passed = torch.where(upwards, after >= target, after <= target)
            fell_short = meant & torch.where(upwards, after < target, after > target)
            went_far = meant & passed
            far = torch.where(fell_short & (far <= sent), _WIDENED * sent, far)
            short = torch.where(went_far & (short >= (1 - _FINEST) * sent), 0.5 * sent, short)
            short = torch.where(fell_short, sent, short)
            far = torch.where(went_far, sent, far)
        return short, far, sent
