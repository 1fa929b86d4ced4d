"""What programming did, cell by cell, and which cells made trouble."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core import Past, Pulse
from mho.core.past import NO_PAST
from mho.core.units import si

STUCK_PULSES = 5
"""Latest pulses in a row by which a cell is found to be stuck."""
STUCK_SHARE = 1e-3
"""Share of the target within which the reads around those pulses stay, but for read noise."""
_NOISE_RANGE = 5.0  # standard deviations within which nearly all sets of six reads lie
_NAMED = 5  # cells that a printed result names


@dataclass(frozen=True)
class ProgramResult:
    """What programming did, cell by cell.

    Args:
        target: (..., rows, cols), S. Conductances wanted.
        conductance: (reads, ..., rows, cols), S. Every read, the first before any pulse; NaN where
            a read failed.
        width: (reads - 1, ..., rows, cols), s. Width of every pulse, zero where none was sent.
        amplitude: (reads - 1, ..., rows, cols), V. Amplitude of every pulse.
        energy: (..., rows, cols), J. Dissipated in each cell by all of its pulses.
        tolerance: Relative error within which a cell counts as programmed.
        reach: S. Conductances between which the scheme can bring nominal cells, if it knows them.
        earlier: What the job was told of the same cells.
    """

    target: Tensor
    conductance: Tensor
    width: Tensor
    amplitude: Tensor
    energy: Tensor
    tolerance: float
    reach: tuple[float, float] | None = None
    earlier: Past = NO_PAST

    @property
    def relative_error(self) -> Tensor:
        """|G - target| / target at the last read: (..., rows, cols)."""
        return (self.conductance[-1] - self.target).abs() / self.target

    @property
    def converged(self) -> Tensor:
        """Cells that ended within the tolerance: (..., rows, cols), bool."""
        return self.relative_error <= self.tolerance

    @property
    def unreadable(self) -> Tensor:
        """Cells of which a read failed; none was pulsed after: (..., rows, cols), bool."""
        return ~torch.isfinite(self.conductance).all(0)

    @property
    def unreachable(self) -> Tensor:
        """Cells out of tolerance whose target is beyond `reach`: (..., rows, cols), bool."""
        low, high = self.reach or (0.0, math.inf)
        return ~self.converged & ((self.target < low) | (self.target > high))

    @property
    def stuck(self) -> Tensor:
        """Other cells out of tolerance that pulses no longer move: (..., rows, cols), bool.

        The last five rounds each sent a pulse, and the six reads around them lie within a
        thousandth of the target of each other, or within what the read noise makes of six reads.
        """
        if len(self.width) < STUCK_PULSES:
            return torch.zeros_like(self.converged)
        reads = self.conductance[-STUCK_PULSES - 1 :]
        pulsed = (self.width[-STUCK_PULSES:] > 0).all(0)
        noise = self.read_noise
        share = STUCK_SHARE if math.isnan(noise) else max(STUCK_SHARE, _NOISE_RANGE * noise)
        still = reads.amax(0) - reads.amin(0) <= share * self.target
        return pulsed & still & ~self.converged & ~self.unreachable

    @property
    def pulses(self) -> Tensor:
        """Pulses each cell took: (..., rows, cols)."""
        return (self.width > 0).sum(0)

    @property
    def time(self) -> Tensor:
        """Pulse time each cell took: (..., rows, cols), s."""
        return self.width.sum(0)

    @property
    def read_noise(self) -> float:
        """Relative spread of a read, by how cells change that got no pulse; NaN if all got one.

        It is a median, so that a few broken cells do not count, scaled to the standard deviation
        of a normal distribution.
        """
        change = (self.conductance.diff(dim=0).abs() / self.target)[self.width == 0]
        return 1.4826 / math.sqrt(2.0) * float(change[torch.isfinite(change)].nanmedian())

    @property
    def past(self) -> Past:
        """Reads and pulses of the same cells, for a next job to start from.

        The last read is left out: the next job reads the cells again before its first pulse.
        """
        pulses = (Pulse(*pair) for pair in zip(self.amplitude, self.width, strict=True))
        earlier = self.earlier
        return Past((*earlier.reads, *self.conductance[:-1].unbind()), (*earlier.pulses, *pulses))

    def __str__(self) -> str:
        error = self.relative_error
        error = error[torch.isfinite(error)]
        summary = (
            f"ProgramResult: {int(self.converged.sum())} of {self.target.numel()} cells "
            f"within {100 * self.tolerance:.3g} %, "
            f"error mean {100 * float(error.mean()):.2g} % "
            f"median {100 * float(error.median()):.2g} %, "
            f"per cell {float(self.pulses.double().mean()):.3g} pulses, "
            f"{si(float(self.time.mean()), 's')}, {si(float(self.energy.nanmean()), 'J')}"
        )
        low, high = (si(end, "S") for end in self.reach or (0.0, math.inf))
        trouble = {
            f"with a target beyond {low} to {high}": self.unreachable,
            f"stuck: {STUCK_PULSES} pulses did not move": self.stuck,
            "unreadable": self.unreadable,
        }
        lines = (f"  {what}: {_cells(mask)}" for what, mask in trouble.items() if mask.any())
        return "\n".join([summary, *lines])


def _cells(mask: Tensor) -> str:
    """How many cells a mask holds, and the first few of them."""
    found = mask.nonzero()
    count = len(found)
    named = ", ".join(str(tuple(index.tolist())) for index in found[:_NAMED])
    more = ", ..." if count > _NAMED else ""
    return f"{count} {'cell' if count == 1 else 'cells'}, {named}{more}"
