"""The feedforward pulse: one read, one amplitude out of a table, one even step."""

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from mho.core import Device, Past, Pulse
from mho.core.check import argument_error, check_number
from mho.core.past import NO_PAST
from mho.programming.programmer import Programmer

from .ramps import Ramps
from .scale import LinearConductance, Scale
from .step_map import Observations, StepMap


@dataclass(frozen=True, kw_only=True)
class Table:
    """What pulses of one polarity do, and what was learnt since it was measured.

    Args:
        steps: Mean steps as they were measured.
        gain: (..., positions). Step of each cell over that of the map, at even positions.
    """

    steps: StepMap
    gain: Tensor

    @classmethod
    def of(cls, seen: Observations, *, width: float) -> "Table":
        """A table of observed pulses.

        Args:
            seen: Pulses of one polarity.
            width: s. Width of these pulses.
        """
        steps = StepMap.of(seen, width=width)
        return cls(steps=steps, gain=torch.ones(len(steps.step), dtype=torch.float64))

    def amplitude(self, position: Tensor, step: Tensor, width: float) -> Tensor:
        """Amplitude that moves cells by a step: (..., rows, cols), V.

        Args:
            position: (..., rows, cols), 1. Where the cells are.
            step: (..., rows, cols), 1. Step wanted.
            width: s. Width of the pulse; steps are taken for proportional to it.
        """
        left, share = self._place(position)
        gain = self.gain.expand(*position.shape, -1)
        low, high = (gain.gather(-1, (left + k)[..., None])[..., 0] for k in (0, 1))
        wanted = step * self.steps.width / width / torch.lerp(low, high, share)
        return self.steps.inverse(position, wanted)

    def learned(self, position: Tensor, pulse: Pulse, step: Tensor, rate: float) -> "Table":
        """The table corrected by what pulses did.

        Args:
            position: (..., rows, cols), 1. Where the cells were.
            pulse: Pulse on each cell; where its width is zero nothing is learnt.
            step: (..., rows, cols), 1. How far each went in the direction of the polarity.
            rate: Weight of one pulse against all before it.
        """
        if not (pulse.width > 0).any():
            return self
        expected = self.steps.expected(position, pulse.amplitude) * pulse.width / self.steps.width
        known = (pulse.width > 0) & (expected > 0)
        ratio = (step / torch.where(known, expected, 1.0)).clamp(0.0, _MOST_RATIO)
        left, share = self._place(position)
        gain = self.gain.expand(*position.shape, -1).clone()
        for index, weight in ((left, 1.0 - share), (left + 1, share)):
            before = gain.gather(-1, index[..., None])
            change = (rate * weight * known)[..., None] * (ratio[..., None] - before)
            gain.scatter_(-1, index[..., None], (before + change).clamp(*_GAINS))
        return replace(self, gain=gain)

    def _place(self, position: Tensor) -> tuple[Tensor, Tensor]:
        count = self.gain.shape[-1] - 1
        place = position.clamp(0.0, 1.0) * count
        left = place.floor().clamp(max=count - 1)
        return left.long(), place - left


@dataclass(frozen=True, kw_only=True)
class FeedforwardPulse(Programmer):
    """Pulses of one width whose amplitude moves the cell by the same step from wherever it is.

    The step is the range of the scale over the number of pulses that a sweep shall take. A target
    that is nearer than a step gets the amplitude of that smaller step.

    `fit` measures the steps on one cell of the device without noise; `calibrated` takes measured
    ones. With a learning rate, each read corrects the table of its cell, so that a rough one is
    enough and ageing is followed.

    Args:
        scale: What is to be linear, and between which ends; `fit` takes ends that are left out
            from the device.
        set_pulses: Pulses from the low to the high end of the scale.
        reset_pulses: Pulses from the high to the low end.
        width: s. Width of every pulse.
        weakest: Weakest amplitude that `fit` tries, over that of the device.
        strongest: Strongest amplitude that `fit` tries, over that of the device.
        amplitudes: Amplitudes that `fit` tries, in either direction.
        learning: Weight of one read against all before it, 0 to 1; 0 leaves the table alone.
        set_table: What SET pulses do, made by `fit`.
        reset_table: What RESET pulses do, made by `fit`.
    """

    scale: Scale = field(default_factory=LinearConductance)
    set_pulses: int = 500
    reset_pulses: int = 500
    width: float = 1e-6
    weakest: float = 0.1
    strongest: float = 1.5
    amplitudes: int = 30
    learning: float = 0.0
    set_table: Table | None = None
    reset_table: Table | None = None

    def __post_init__(self) -> None:
        for name in ("set_pulses", "reset_pulses"):
            check_number(name, getattr(self, name), low=1)
        for name in ("width", "weakest"):
            check_number(name, getattr(self, name), low=0.0, above=True)
        check_number("strongest", self.strongest, low=self.weakest, above=True)
        check_number("amplitudes", self.amplitudes, low=2)
        check_number("learning", self.learning, low=0.0, high=1.0)

    @property
    def reach(self) -> tuple[float, float] | None:
        low, high = self.scale.low, self.scale.high
        return None if low is None or high is None else (low, high)

    def fit(self, device: Device[Any]) -> "FeedforwardPulse":
        scale, cell = self.scale.spanning(device), _Cell(device.noise_free())
        shares = torch.linspace(self.weakest, self.strongest, self.amplitudes, dtype=torch.float64)
        seen = []
        for voltage, pulses in (
            (device.set_voltage, self.set_pulses),
            (device.reset_voltage, self.reset_pulses),
        ):
            sizes = tuple((abs(voltage) * shares).tolist())
            ramps = Ramps(amplitudes=sizes, width=self.width, step=min(1.0, 1.5 / pulses))
            upwards = voltage == device.set_voltage
            seen.append(ramps.measure(cell, scale, polarity=voltage, upwards=upwards))
        return replace(self, scale=scale).calibrated(*seen, width=self.width)

    def calibrated(
        self, set_seen: Observations, reset_seen: Observations, *, width: float
    ) -> "FeedforwardPulse":
        """The scheme with tables of observed pulses.

        Args:
            set_seen: SET pulses, on this scheme's scale.
            reset_seen: RESET pulses, on this scheme's scale.
            width: s. Width of these pulses.
        """
        tables = (Table.of(seen, width=width) for seen in (set_seen, reset_seen))
        set_table, reset_table = tables
        return replace(self, set_table=set_table, reset_table=reset_table)

    def pulse(self, conductance: Tensor, target: Tensor, past: Past = NO_PAST) -> Pulse:
        scheme = self
        if self.learning > 0:
            afters = (*past.reads, conductance)[1:]
            for read, pulse, after in zip(past.reads, past.pulses, afters, strict=True):
                scheme = scheme.learned(read, pulse, after)
        return scheme._pulse(conductance, target)

    def learned(self, before: Tensor, pulse: Pulse, after: Tensor) -> "FeedforwardPulse":
        """The scheme corrected by what a pulse did; itself without a learning rate.

        Args:
            before: (..., rows, cols), S. Conductance before the pulse.
            pulse: Pulse on each cell.
            after: (..., rows, cols), S. Conductance after the pulse.
        """
        if self.learning == 0:
            return self
        set_table, reset_table = self._tables()
        position = self.scale.position(before)
        step = self.scale.position(after) - position
        sets = pulse.amplitude * set_table.steps.amplitude[-1] > 0
        return replace(
            self,
            set_table=set_table.learned(position, pulse.where(sets), step, self.learning),
            reset_table=reset_table.learned(position, pulse.where(~sets), -step, self.learning),
        )

    def _pulse(self, conductance: Tensor, target: Tensor) -> Pulse:
        set_table, reset_table = self._tables()
        position = self.scale.position(conductance)
        way = self.scale.position(target) - position
        up, amplitude = way > 0, torch.zeros_like(position)
        for table, chosen, pulses in (
            (set_table, up, self.set_pulses),
            (reset_table, ~up, self.reset_pulses),
        ):
            if chosen.any():
                step = way.abs().clamp(max=1.0 / pulses)
                found = table.amplitude(position, step, self.width)
                amplitude = torch.where(chosen, found, amplitude)
        return Pulse(amplitude, torch.full_like(position, self.width))

    def _tables(self) -> tuple[Table, Table]:
        if self.set_table is None or self.reset_table is None:
            raise argument_error("set_table", "be known", "is not", "Call `fit(device)` first.")
        return self.set_table, self.reset_table


class _Cell:
    """One cell of a device, as a bench."""

    shape = (1, 1)

    def __init__(self, device: Device[Any]) -> None:
        self._device, self._unused = device, torch.Generator()
        self._state = device.fabricate(self.shape, self._unused)

    @property
    def energy(self) -> Tensor:
        energy: Tensor = self._state.energy
        return energy

    def apply(self, pulse: Pulse) -> None:
        self._state = self._device.apply(self._state, pulse, self._unused)

    def read(self) -> Tensor:
        return self._device.conductance(self._state)


_MOST_RATIO = 10.0  # of a single noisy step over the expected one
_GAINS = (0.1, 10.0)
