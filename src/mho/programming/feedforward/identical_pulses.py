"""Sweeps of identical pulses: what amplitude does what, how far, and how repeatably."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core import Bench, Pulse
from mho.core.check import argument_error, check_number

from .scale import Scale
from .step_map import Observations


@dataclass(frozen=True)
class PulseCurves:
    """What sweeps of identical pulses did.

    Args:
        amplitude: (amplitudes,), V. Amplitude of each sweep, with its sign.
        conductance: (amplitudes, repeats, reads, ..., rows, cols), S. Before the first pulse and
            after each.
        width: s. Width of every pulse.
        scale: What is to be linear.
        pulses: Pulses that all of it took, those of the way to each start included.
    """

    amplitude: Tensor
    conductance: Tensor
    width: float
    scale: Scale
    pulses: int

    @property
    def value(self) -> Tensor:
        """The linear quantity: (amplitudes, repeats, reads, cells), 1, in the unit of the scale."""
        return self.scale.value(self.conductance.flatten(3))

    @property
    def dynamic_range(self) -> Tensor:
        """Largest less smallest value of a sweep: (amplitudes, repeats, cells), 1."""
        return self.value.amax(2) - self.value.amin(2)

    @property
    def reproducibility(self) -> Tensor:
        r"""Mean correlation of the last repeat with those before it: (amplitudes, cells), 1.

        .. math:: \rho_{xy} = \frac{\sum_i (x_i - \bar x)(y_i - \bar y)}
            {\sqrt{\sum_i (x_i - \bar x)^2} \sqrt{\sum_i (y_i - \bar y)^2}}
        """
        centred = self.value - self.value.mean(2, keepdim=True)
        unit = centred / centred.square().sum(2, keepdim=True).sqrt()
        return (unit[:, :-1] * unit[:, -1:]).sum(2).mean(1)

    @property
    def observations(self) -> Observations:
        """Every pulse, by where it started: the map of changes."""
        towards_high = bool((self.scale.position(self.conductance).diff(dim=2)).mean() > 0)
        position = self.scale.position(self.conductance)
        step = position.diff(dim=2) * (1 if towards_high else -1)
        start = position[:, :, :-1]
        shape = (-1, *[1] * (start.dim() - 1))
        amplitude = self.amplitude.reshape(shape).expand_as(start)
        return Observations(start.flatten(), amplitude.flatten(), step.flatten())


@dataclass(frozen=True, kw_only=True)
class IdenticalPulses:
    """A sweep of equal pulses for each of several amplitudes, from one end of the range.

    Before a sweep the cells are driven past the end where it starts by pulses of the other
    polarity, and left alone for a while.

    Args:
        amplitudes: V. Magnitudes, rising.
        width: s. Width of every pulse.
        pulses: Pulses of a sweep.
        repeats: Sweeps of each amplitude; the correlation needs two.
        start_amplitude: V. Magnitude of the pulses that lead to the start.
        rest: s. Time between those and the sweep, as a pulse of no voltage.
    """

    amplitudes: tuple[float, ...]
    width: float
    pulses: int = 100
    repeats: int = 5
    start_amplitude: float
    rest: float = 0.0

    def __post_init__(self) -> None:
        if list(self.amplitudes) != sorted({0.0, *self.amplitudes})[1:]:
            must = "be positive, rising magnitudes"
            raise argument_error("amplitudes", must, f"is {self.amplitudes}")
        if len(self.amplitudes) < 2:
            raise argument_error("amplitudes", "hold at least two", f"is {self.amplitudes}")
        for name in ("width", "start_amplitude"):
            check_number(name, getattr(self, name), low=0.0, above=True)
        check_number("pulses", self.pulses, low=2)
        check_number("repeats", self.repeats, low=1)
        check_number("rest", self.rest, low=0.0)

    def measure(self, bench: Bench, scale: Scale, *, polarity: float, upwards: bool) -> PulseCurves:
        """Send the sweeps to every cell of a bench.

        Args:
            bench: Cells to characterise: simulated, recorded or on an instrument.
            scale: What is to be linear, with its ends.
            polarity: Any voltage with the sign of the sweep's pulses.
            upwards: Whether pulses of that sign lead to high conductance.
        """
        sign, sent, curves = (1.0 if polarity > 0 else -1.0), 0, []
        for amplitude in self.amplitudes:
            pulse = Pulse.uniform(bench.shape, amplitude=sign * amplitude, width=self.width)
            for _ in range(self.repeats):
                sent += self._to_start(bench, scale, sign, upwards) + self.pulses
                reads = [bench.read()]
                for _ in range(self.pulses):
                    bench.apply(pulse)
                    reads.append(bench.read())
                curves.append(torch.stack(reads))
        every = torch.stack(curves).unflatten(0, (len(self.amplitudes), self.repeats))
        amplitudes = sign * torch.tensor(self.amplitudes, dtype=torch.float64)
        return PulseCurves(amplitudes, every, self.width, scale, sent)

    def _to_start(self, bench: Bench, scale: Scale, sign: float, upwards: bool) -> int:
        """Drive every cell past the start, and count the pulses of the slowest."""
        back = Pulse.uniform(bench.shape, amplitude=-sign * self.start_amplitude, width=self.width)
        for sent in range(_MOST_TO_START):
            position = scale.position(bench.read())
            pending = position > 0.0 if upwards else position < 1.0
            if not pending.any():
                if self.rest > 0:
                    bench.apply(Pulse.uniform(bench.shape, amplitude=0.0, width=self.rest))
                return sent
            bench.apply(back.where(pending))
        raise argument_error(
            "start_amplitude",
            "lead every cell to the start",
            f"has not after {_MOST_TO_START} pulses of {-sign * self.start_amplitude:g} V",
            "Raise it, or narrow the scale by a margin.",
        )


_MOST_TO_START = 1000
