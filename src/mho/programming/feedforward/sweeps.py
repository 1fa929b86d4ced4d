"""Sweeps from end to end: SET pulses up, RESET pulses down, and again."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core import Bench
from mho.core.check import check_number

from .feedforward_pulse import FeedforwardPulse
from .scale import Scale


@dataclass(frozen=True)
class Sweeps:
    """Sweeps of one direction, those of all cells and cycles.

    Args:
        conductance: (sweeps, reads), S. Before the first pulse and after each; NaN after the end.
        amplitude: (sweeps, reads - 1), V. Amplitude of every pulse; NaN after the end.
        energy: (sweeps,), J. Dissipated by all pulses of a sweep.
        width: s. Width of every pulse.
        scale: What is to be linear.
    """

    conductance: Tensor
    amplitude: Tensor
    energy: Tensor
    width: float
    scale: Scale

    @property
    def position(self) -> Tensor:
        """Between the ends of the scale: (sweeps, reads), NaN after the end of the sweep."""
        return self.scale.position(self.conductance)

    @property
    def events(self) -> Tensor:
        """Pulses of each sweep: (sweeps,)."""
        return (~self.amplitude.isnan()).sum(1)

    @property
    def power(self) -> Tensor:
        """Mean power while a pulse is on: (sweeps,), W."""
        return self.energy / (self.events * self.width)

    @property
    def steps(self) -> Tensor:
        """Change by each pulse: (sweeps, reads - 1), 1, in the unit of the scale."""
        return self.scale.value(self.conductance).diff(dim=1)


@dataclass(frozen=True)
class Cycles:
    """Sweeps up and down, and the scheme as the last pulse left it.

    Args:
        up: Sweeps by SET pulses, all cells of the first cycle before those of the second.
        down: Sweeps by RESET pulses, in the same order.
        scheme: The scheme with what it learnt.
    """

    up: Sweeps
    down: Sweeps
    scheme: FeedforwardPulse


def cycle(
    bench: Bench, scheme: FeedforwardPulse, cycles: int = 1, *, patience: float = 4.0
) -> Cycles:
    """Drive the cells of a bench up and down between the ends of the scheme's scale.

    Each sweep starts where the one before it ended. A cell that has arrived waits for the others.

    Args:
        bench: Cells to drive.
        scheme: A fitted scheme.
        cycles: Sweeps in either direction.
        patience: Pulses after which a sweep is given up, over those that it should take.
    """
    check_number("cycles", cycles, low=1)
    check_number("patience", patience, low=1.0)
    up, down = [], []
    for _ in range(cycles):
        sweeps, scheme = _sweep(bench, scheme, True, int(patience * scheme.set_pulses))
        up.append(sweeps)
        sweeps, scheme = _sweep(bench, scheme, False, int(patience * scheme.reset_pulses))
        down.append(sweeps)
    return Cycles(_joined(up), _joined(down), scheme)


def _sweep(
    bench: Bench, scheme: FeedforwardPulse, upwards: bool, most: int
) -> tuple[Sweeps, FeedforwardPulse]:
    scale, energy = scheme.scale, bench.energy.clone()
    # A step beyond the end, so that the last pulses are whole ones.
    beyond = torch.tensor(1.0 + 1.0 / scheme.set_pulses if upwards else -1.0 / scheme.reset_pulses)
    conductance = bench.read()
    goal = scale.conductance(beyond.double()).expand_as(conductance)
    reads, amplitudes = [conductance], []
    pending = torch.ones_like(conductance, dtype=torch.bool)
    for _ in range(most):
        position = scale.position(conductance)
        pending = pending & (position < 1.0 if upwards else position > 0.0)
        if not pending.any():
            break
        pulse = scheme.pulse(conductance, goal).where(pending)
        bench.apply(pulse)
        after = bench.read()
        scheme = scheme.learned(conductance, pulse, after)
        conductance = after
        reads.append(torch.where(pending, conductance, torch.nan))
        amplitudes.append(torch.where(pending, pulse.amplitude, torch.nan))
    dissipated = (bench.energy - energy).flatten()
    none = conductance.new_empty(0, conductance.numel())
    amplitude = torch.stack(amplitudes).flatten(1) if amplitudes else none
    path = torch.stack(reads).flatten(1)
    return Sweeps(path.T, amplitude.T, dissipated, scheme.width, scale), scheme


def _joined(parts: list[Sweeps]) -> Sweeps:
    first = parts[0]
    paths = [part.conductance for part in parts]
    amplitudes = [part.amplitude for part in parts]
    energy = torch.cat([part.energy for part in parts])
    return Sweeps(_padded(paths), _padded(amplitudes), energy, first.width, first.scale)


def _padded(rows: list[Tensor]) -> Tensor:
    longest = max(part.shape[1] for part in rows)
    pad = torch.nn.functional.pad
    return torch.cat([pad(part, (0, longest - part.shape[1]), value=torch.nan) for part in rows])
