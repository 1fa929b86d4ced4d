"""Programming: pulse, read, repeat. Every scheme shares this loop."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core import Bench, Past
from mho.core.check import check_finite, check_number, check_range, check_same_shape
from mho.core.units import si

from .programmer import Programmer


@dataclass(frozen=True)
class ProgramResult:
    """What programming did, cell by cell.

    Args:
        target: (..., rows, cols), S. Conductances wanted.
        conductance: (reads, ..., rows, cols), S. Every read, the first before any pulse.
        width: (reads - 1, ..., rows, cols), s. Width of every pulse, zero where none was sent.
        amplitude: (reads - 1, ..., rows, cols), V. Amplitude of every pulse.
        energy: (..., rows, cols), J. Dissipated in each cell by all of its pulses.
        tolerance: Relative error within which a cell counts as programmed.
    """

    target: Tensor
    conductance: Tensor
    width: Tensor
    amplitude: Tensor
    energy: Tensor
    tolerance: float

    @property
    def relative_error(self) -> Tensor:
        """|G - target| / target at the last read: (..., rows, cols)."""
        return (self.conductance[-1] - self.target).abs() / self.target

    @property
    def converged(self) -> Tensor:
        """Cells that ended within the tolerance: (..., rows, cols), bool."""
        return self.relative_error <= self.tolerance

    @property
    def pulses(self) -> Tensor:
        """Pulses each cell took: (..., rows, cols)."""
        return (self.width > 0).sum(0)

    @property
    def time(self) -> Tensor:
        """Pulse time each cell took: (..., rows, cols), s."""
        return self.width.sum(0)

    def __str__(self) -> str:
        error = self.relative_error
        return (
            f"ProgramResult: {int(self.converged.sum())} of {self.converged.numel()} cells "
            f"within {100 * self.tolerance:.3g} %, "
            f"error mean {100 * float(error.mean()):.2g} % "
            f"median {100 * float(error.median()):.2g} %, "
            f"per cell {float(self.pulses.double().mean()):.3g} pulses, "
            f"{si(float(self.time.mean()), 's')}, {si(float(self.energy.mean()), 'J')}"
        )


def program(
    bench: Bench,
    programmer: Programmer,
    target: Tensor,
    *,
    tolerance: float = 0.01,
    max_pulses: int = 100,
) -> ProgramResult:
    """Drive the cells of a bench to their target conductances.

    With `max_pulses=1` this is an open-loop write; with more, write-and-verify: after each pulse
    every cell is read, and the cells outside the tolerance get another pulse.

    Args:
        bench: Cells to program, simulated or real.
        programmer: Scheme that chooses the pulses.
        target: (..., rows, cols), S. Conductances to reach.
        tolerance: Relative error at which a cell counts as programmed.
        max_pulses: Pulses per cell after which to give up.
    """
    target = target.double()
    check_same_shape("target", target, bench.shape, of="the bench")
    check_finite("target", target)
    check_range("target", target, torch.finfo(torch.float64).tiny, torch.inf, unit="S")
    check_number("tolerance", tolerance, low=0.0)
    check_number("max_pulses", max_pulses, low=0)

    programmer.check(bench)
    before = bench.energy.clone()
    conductance, past = bench.read(), Past()
    for _ in range(max_pulses):
        pending = (conductance - target).abs() > tolerance * target
        if not pending.any():
            break
        pulse = programmer.pulse(conductance, target, past).where(pending)
        bench.apply(pulse)
        past = past.then(conductance, pulse)
        conductance = bench.read()
    none = target.new_zeros(0, *target.shape)
    return ProgramResult(
        target=target,
        conductance=torch.stack([*past.reads, conductance]),
        width=torch.stack([p.width for p in past.pulses]) if past.pulses else none,
        amplitude=torch.stack([p.amplitude for p in past.pulses]) if past.pulses else none,
        energy=bench.energy - before,
        tolerance=tolerance,
    )
