"""The state of a programming job: what was read and sent, and what is going on."""

import torch
from torch import Tensor

from mho.core import Bench, Past, Pulse
from mho.core.check import check_same_shape

from .programmer import Programmer
from .result import ProgramResult

_MANY = 1 << 16  # cells of which it pays to ask a scheme for those that are left
_TRIES = 3  # reads until a cell that answers NaN is given up


class Record:
    """Reads and pulses of one job on one bench.

    Args:
        bench: Cells to program.
        target: (..., rows, cols), S. Conductances to reach.
        past: What is known of the same cells from before.
    """

    def __init__(self, bench: Bench, target: Tensor, past: Past):
        self.doing = "starting"
        self._bench, self._target, self._earlier = bench, target, past
        self._reads: list[Tensor] = []
        self._pulses: list[Pulse] = []
        self._readable = torch.ones_like(target, dtype=torch.bool)
        self._energy_before = bench.energy.clone()
        self._energy = torch.zeros_like(self._energy_before)

    def read(self, times: int) -> None:
        """Read all cells; those that fail several times in a row are given up.

        Args:
            times: Reads to average.
        """
        self.doing = "reading the bench"
        conductance = self._mean_read(times)
        for _ in range(_TRIES - 1):
            failed = self._readable & ~torch.isfinite(conductance)
            if not failed.any():
                break
            conductance = torch.where(failed, self._mean_read(times), conductance)
        conductance = torch.where(torch.isfinite(conductance), conductance, torch.nan)
        self._readable &= torch.isfinite(conductance)
        self._reads.append(conductance)

    def pending(self, tolerance: float) -> Tensor:
        """Cells to pulse next: (..., rows, cols), bool.

        Args:
            tolerance: Relative error at which a cell counts as programmed.
        """
        off = (self._reads[-1] - self._target).abs() > tolerance * self._target
        return off & self._readable

    def send(self, programmer: Programmer, pending: Tensor) -> None:
        """Let a scheme choose a pulse, and send it to some of the cells.

        Args:
            programmer: Scheme that chooses.
            pending: (..., rows, cols), bool. Cells to pulse.
        """
        self.doing = f"asking {type(programmer).__name__} for a pulse"
        pulse = self._chosen(programmer, pending)
        self.doing = "sending a pulse, which may have reached the cells or not"
        self._bench.apply(pulse)
        self._pulses.append(pulse)
        self.doing = "asking the bench for its energy"
        self._energy = self._bench.energy - self._energy_before

    def result(self, programmer: Programmer, tolerance: float) -> ProgramResult:
        """The job so far; a read that did not come is NaN.

        Args:
            programmer: Scheme of the job.
            tolerance: Relative error at which a cell counts as programmed.
        """
        reads, pulses = self._reads, self._pulses
        if len(reads) == len(pulses):
            reads = [*reads, torch.full_like(self._target, torch.nan)]
        none = self._target.new_zeros(0, *self._target.shape)
        return ProgramResult(
            target=self._target,
            conductance=torch.stack(reads),
            width=torch.stack([pulse.width for pulse in pulses]) if pulses else none,
            amplitude=torch.stack([pulse.amplitude for pulse in pulses]) if pulses else none,
            energy=self._energy,
            tolerance=tolerance,
            reach=programmer.reach,
            earlier=self._earlier,
        )

    def __str__(self) -> str:
        counts = f"reads so far: {len(self._reads)}, pulses: {len(self._pulses)}"
        return f"while {self.doing} ({counts})"

    def _chosen(self, programmer: Programmer, pending: Tensor) -> Pulse:
        # A cell that cannot be read gets no pulse, but must not upset a scheme either.
        conductance = torch.where(self._readable, self._reads[-1], self._target)
        count, cells = int(pending.sum()), pending.numel()
        if cells < _MANY or count > cells // 4:
            pulse = programmer.pulse(conductance, self._target, self._past())
            check_same_shape("pulse", pulse.width, self._target.shape, of="the bench")
            return pulse.where(pending)
        # Few cells of many are left: the scheme is asked for those alone, side by side in one row.
        past = self._past()
        reads = tuple(read[pending][None] for read in past.reads)
        pulses = tuple(
            Pulse(sent.amplitude[pending][None], sent.width[pending][None]) for sent in past.pulses
        )
        asked = conductance[pending][None], self._target[pending][None]
        pulse = programmer.pulse(*asked, Past(reads, pulses))
        check_same_shape("pulse", pulse.width, (1, count), of="the cells")
        amplitude, width = torch.zeros_like(conductance), torch.zeros_like(conductance)
        amplitude[pending], width[pending] = pulse.amplitude[0], pulse.width[0]
        return Pulse(amplitude, width)

    def _past(self) -> Past:
        reads, pulses = self._reads[: len(self._pulses)], self._pulses
        return Past((*self._earlier.reads, *reads), (*self._earlier.pulses, *pulses))

    def _mean_read(self, times: int) -> Tensor:
        total = torch.zeros_like(self._target)
        for _ in range(times):
            conductance = self._bench.read()
            check_same_shape("bench.read()", conductance, self._target.shape, of="the bench")
            total += conductance
        return total / times
