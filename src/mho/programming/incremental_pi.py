"""An incremental proportional-integral controller of the pulse width."""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from mho.core import Device, Past, Pulse
from mho.core.check import check_number
from mho.core.past import NO_PAST

from .drive import Drive
from .programmer import Programmer, fitted


@dataclass(frozen=True, kw_only=True)
class IncrementalPI(Programmer):
    r"""The logarithm of the width follows what the last pulse has left over.

    .. math:: u_k = u_{k-1} + K_p (e_k - e_{k-1}) + K_i e_k, \qquad
        w_k = t_{SET, RESET} \, e^{u_k}

    An error counts along the last pulse and in units of what that pulse should have gone, so that
    :math:`e_{k-1} = 1`; :math:`e_k` is 0 for a pulse that hit, 1 for one that did nothing, negative
    for one that went too far, and cut at 1 either way. The direction is the sign of what is
    missing. The logarithm, since switching times spread over decades: a gain then means the same
    for a cell that takes a nanosecond and for one that takes a millisecond, and a width stays
    positive.

    Args:
        proportional: Gain K_p.
        integral: Gain K_i; a pulse that does nothing is followed by one e^K_i times as wide.
        start: First width, as a share of the time of a full switching.
        longest: Widest pulse, likewise, so that a cell that cannot move is not pulsed for ever.
        drive: Voltages and times of the device, made by `fit`.
    """

    proportional: float = 0.7
    integral: float = 0.7
    start: float = 0.1
    longest: float = 10.0
    drive: Drive | None = None

    def __post_init__(self) -> None:
        check_number("proportional", self.proportional, low=0.0)
        check_number("integral", self.integral, low=0.0, above=True)
        check_number("start", self.start, low=0.0, above=True)
        check_number("longest", self.longest, low=self.start)

    @property
    def reach(self) -> tuple[float, float] | None:
        return None if self.drive is None else (self.drive.low, self.drive.high)

    def fit(self, device: Device[Any]) -> "IncrementalPI":
        return replace(self, drive=Drive.of(device))

    def pulse(self, conductance: Tensor, target: Tensor, past: Past = NO_PAST) -> Pulse:
        drive = fitted("drive", self.drive)
        upwards = target > conductance
        relative = torch.full_like(conductance, self.start)
        after = conductance
        settled = torch.zeros_like(upwards)
        # Only its last pulse matters to a cell, which is not that of the last round if the cell
        # was left alone in between.
        for before, sent in zip(reversed(past.reads), reversed(past.pulses), strict=True):
            pulsed = (sent.width > 0) & ~settled
            if pulsed.any():
                next_one = self._next(sent, before, after, target, drive)
                relative = torch.where(pulsed, next_one, relative)
                settled |= pulsed
            if settled.all():
                break
            after = before
        return Pulse(drive.voltage(upwards), drive.time(upwards) * relative.clamp(max=self.longest))

    def _next(
        self, sent: Pulse, before: Tensor, after: Tensor, target: Tensor, drive: Drive
    ) -> Tensor:
        """Width after a pulse, over the time of a full switching that way."""
        upwards = sent.amplitude * drive.set_voltage > 0
        wanted, left = target - before, target - after
        error = (left / wanted).clamp(-1.0, 1.0)
        # A pulse away from the target, as of an earlier job, says nothing of how wide to go; nor
        # does one whose read failed.
        telling = (wanted != 0) & ((wanted > 0) == upwards) & torch.isfinite(error)
        change = self.proportional * (error - 1.0) + self.integral * error
        relative = sent.width / drive.time(upwards)
        return torch.where(telling, relative * torch.exp(change), relative)
