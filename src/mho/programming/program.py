"""Programming: pulse, read, repeat. Every scheme shares this loop."""

import warnings

import torch
from torch import Tensor

from mho.core import Bench, Past
from mho.core.check import check_finite, check_number, check_range, check_same_shape
from mho.core.past import NO_PAST

from .interrupted import ProgramCancelled, ProgramInterrupted
from .programmer import Programmer
from .record import Record
from .result import ProgramResult


def program(
    bench: Bench,
    programmer: Programmer,
    target: Tensor,
    *,
    tolerance: float = 0.01,
    max_pulses: int = 100,
    reads: int = 1,
    past: Past = NO_PAST,
) -> ProgramResult:
    """Drive the cells of a bench to their target conductances.

    With `max_pulses=1` this is an open-loop write; with more, write-and-verify: after each pulse
    every cell is read, and the cells outside the tolerance get another pulse. A cell that answers
    three reads in a row with NaN is left alone from then on. A bench or a scheme that fails raises
    `ProgramInterrupted`, and Ctrl-C `ProgramCancelled`; both hold the result so far.

    Args:
        bench: Cells to program, simulated or real.
        programmer: Scheme that chooses the pulses.
        target: (..., rows, cols), S. Conductances to reach.
        tolerance: Relative error at which a cell counts as programmed.
        max_pulses: Pulses per cell after which to give up.
        reads: Reads to average before and after each pulse.
        past: `ProgramResult.past` of an earlier job on the same cells, for schemes that learn.
    """
    target = target.double()
    check_same_shape("target", target, bench.shape, of="the bench")
    check_finite("target", target)
    check_range("target", target, torch.finfo(torch.float64).tiny, torch.inf, unit="S")
    check_number("tolerance", tolerance, low=0.0)
    check_number("max_pulses", max_pulses, low=0)
    check_number("reads", reads, low=1)
    for read in past.reads:
        check_same_shape("past.reads", read, bench.shape, of="the bench")
    programmer.check(bench)

    record = Record(bench, target, past)
    try:
        record.read(reads)
        for _ in range(max_pulses):
            pending = record.pending(tolerance)
            if not pending.any():
                break
            record.send(programmer, pending)
            record.read(reads)
    except KeyboardInterrupt as cause:
        raise ProgramCancelled(record.result(programmer, tolerance)) from cause
    except Exception as cause:
        message = f"Programming stopped {record}: {type(cause).__name__}: {cause}"
        raise ProgramInterrupted(message, record.result(programmer, tolerance)) from cause
    result = record.result(programmer, tolerance)
    _warn_of_noise(result, reads)
    return result


def _warn_of_noise(result: ProgramResult, reads: int) -> None:
    noise = result.read_noise
    if result.tolerance > 0.0 and noise > result.tolerance:
        enough = reads * max(2, round((4.0 * noise / result.tolerance) ** 2))
        warnings.warn(
            f"Cells that got no pulse read {100 * noise:.2g} % apart (one standard deviation), "
            f"more than the tolerance of {100 * result.tolerance:.2g} %: which of them converged "
            f"is luck. Average `reads={enough}`, or widen `tolerance`.",
            stacklevel=3,
        )
