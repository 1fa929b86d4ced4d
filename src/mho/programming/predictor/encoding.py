"""What a pulse network sees and says, in numbers near one."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from mho.core.check import argument_error

from .records import PulseRecords


class Encoding(ABC):
    """Turns conductances into inputs of a network, and its output into a signed pulse time."""

    @abstractmethod
    def fit(self, records: PulseRecords) -> Self:
        """The encoding with the scales of some records.

        Args:
            records: Records that the network will be trained on.
        """

    @abstractmethod
    def inputs(self, conductance: Tensor, target: Tensor) -> Tensor:
        """Inputs of the network: (..., 2).

        Args:
            conductance: (...), S. Conductance before the pulse.
            target: (...), S. Conductance wanted.
        """

    def recall(self, earlier: Tensor) -> Tensor:
        """Inputs that tell of earlier pulses: (..., 5 pulses), all zero where there was none.

        For each pulse what a network that aimed at where it led would have seen and ought to have
        said, its direction, and that there was one.

        Args:
            earlier: (..., pulses, 3). Conductance before and after, S, and signed pulse time, s.
        """
        before, after, time = earlier.unbind(-1)
        sent = time != 0
        said = self.output(torch.where(sent, time, 1.0))
        direction = time.sign()
        told = [self.inputs(before, after), torch.stack([said, direction, direction.abs()], -1)]
        return (torch.cat(told, -1) * sent[..., None]).flatten(-2)

    @abstractmethod
    def output(self, time: Tensor) -> Tensor:
        """Output of the network that stands for a time: (...).

        Args:
            time: (...), s. Pulse time, positive for SET and negative for RESET.
        """

    @abstractmethod
    def time(self, output: Tensor, upwards: Tensor) -> Tensor:
        """Time that an output of the network stands for: (...), s, positive for SET.

        Args:
            output: (...), 1. Output of the network.
            upwards: (...), bool. Whether the target is above the conductance.
        """

    @abstractmethod
    def rate(self, time: Tensor) -> Tensor:
        """Change of the output with the size of the time: (...), 1/s.

        Args:
            time: (...), s. Pulse time, positive for SET and negative for RESET.
        """


@dataclass(frozen=True, kw_only=True)
class SignedTime(Encoding):
    r"""The published encoding: everything is divided by a scale, and the sign is the direction.

    Inputs are :math:`(G - G_{low}) / \Delta` and :math:`(G_{target} - G) / \Delta`, the output is
    :math:`\pm t / \tau`. A short pulse may so be predicted in the wrong direction.

    Args:
        low: S. Conductance that becomes 0.
        span: S. Difference that becomes 1.
        tau: s. Time that becomes 1; `fit` takes one that 99 % of the records stay below.
    """

    low: float = 0.0
    span: float = 1.0
    tau: float = 1.0

    def fit(self, records: PulseRecords) -> "SignedTime":
        low, span = _range(records)
        tau = records.time.abs().quantile(0.99).item()
        return SignedTime(low=low, span=span, tau=tau)

    def inputs(self, conductance: Tensor, target: Tensor) -> Tensor:
        now, missing = (conductance - self.low) / self.span, (target - conductance) / self.span
        return torch.stack([now, missing], -1)

    def output(self, time: Tensor) -> Tensor:
        return time / self.tau

    def time(self, output: Tensor, upwards: Tensor) -> Tensor:
        return output * self.tau

    def rate(self, time: Tensor) -> Tensor:
        return torch.full_like(time, 1.0 / self.tau)


@dataclass(frozen=True, kw_only=True)
class LogarithmicTime(Encoding):
    r"""Logarithms, since pulse times span four decades; the direction is that of the target.

    With :math:`d = (G_{target} - G) / \Delta` the inputs are :math:`(G - G_{low}) / \Delta` and
    :math:`\operatorname{sign}(d) \ln(1 + |d| / \delta) / \ln(1 + 1 / \delta)`, the output is
    :math:`\ln(t / \tau) / 5`.

    Args:
        low: S. Conductance that becomes 0.
        span: S. Difference that becomes 1.
        tau: s. Time that becomes 0; `fit` takes the geometric mean of the records.
        fine: Part of the span below which a difference counts linearly.
    """

    low: float = 0.0
    span: float = 1.0
    tau: float = 1.0
    fine: float = 0.02

    def fit(self, records: PulseRecords) -> "LogarithmicTime":
        low, span = _range(records)
        tau = records.time.abs().log().mean().exp().item()
        return LogarithmicTime(low=low, span=span, tau=tau, fine=self.fine)

    def inputs(self, conductance: Tensor, target: Tensor) -> Tensor:
        now, missing = (conductance - self.low) / self.span, (target - conductance) / self.span
        full = torch.log1p(torch.tensor(1.0 / self.fine, dtype=missing.dtype))
        return torch.stack([now, missing.sign() * (missing.abs() / self.fine).log1p() / full], -1)

    def output(self, time: Tensor) -> Tensor:
        return (time.abs() / self.tau).log() / _PER_OUTPUT

    def time(self, output: Tensor, upwards: Tensor) -> Tensor:
        width = self.tau * (_PER_OUTPUT * output).exp()
        return torch.where(upwards, width, -width)

    def rate(self, time: Tensor) -> Tensor:
        return 1.0 / (_PER_OUTPUT * time.abs())


@dataclass(frozen=True, kw_only=True)
class SignedAmplitude:
    r"""For amplitudes: logarithms, since a RESET by amplitude spans more than a decade.

    Inputs are :math:`\ln(G / G_0)` and :math:`\ln(G_{target} / G)`, the output is the amplitude in
    volts with its physical sign. Where pulses towards `g_max` are abrupt, nothing leads to a target
    between: such a target is taken for the lowest conductance that they lead to.

    Args:
        unit: S. Conductance that becomes 0; `fit` takes the geometric mean.
        set_end: S. Lowest conductance that pulses towards `g_max` lead to.
        reset_end: S. Highest conductance that pulses towards `g_min` lead to.
    """

    unit: float = 1.0
    set_end: float = 0.0
    reset_end: float = float("inf")

    def fit(self, before: Tensor, after: Tensor) -> "SignedAmplitude":
        """The encoding with the scales of some pulses that moved their cells.

        Args:
            before: (pulses,), S. Conductance before each pulse.
            after: (pulses,), S. Conductance after it.
        """
        upwards = after > before
        if not upwards.any() or upwards.all():
            but = "all lead the same way" if len(before) else "are none"
            remedy = "Send other amplitudes, or wider pulses."
            raise argument_error("before", "be of pulses that move cells up and down", but, remedy)
        return SignedAmplitude(
            unit=before.log().mean().exp().item(),
            set_end=after[upwards].quantile(_OUTLIERS).item(),
            reset_end=after[~upwards].quantile(1.0 - _OUTLIERS).item(),
        )

    def inputs(self, conductance: Tensor, target: Tensor) -> Tensor:
        """Inputs of the network: (..., 2).

        Args:
            conductance: (...), S. Conductance before the pulse.
            target: (...), S. Conductance wanted.
        """
        above, below = target.clamp(min=self.set_end), target.clamp(max=self.reset_end)
        aim = torch.where(target > conductance, above, below)
        return torch.stack([(conductance / self.unit).log(), (aim / conductance).log()], -1)


_OUTLIERS = 0.02
_PER_OUTPUT = 5.0


def _range(records: PulseRecords) -> tuple[float, float]:
    low, high = records.target.min().item(), records.target.max().item()
    return low, high - low
