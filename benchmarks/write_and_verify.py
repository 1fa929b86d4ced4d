"""A million cells written pulse by pulse, each verified to 1 per cent, in one thread.

Run as a script, it prints a table. Paces spread by 0.3 from cell to cell and from pulse to pulse,
as by default in aihwkit 1.2.0. The job runs in a process of its own, for its memory.
"""

import json
import multiprocessing
import resource
import sys

import torch

from mho import PacedInverse, ProgramResult, SimulatedBench, program
from mho.devices import SoftBounds
from one_thread import one_thread
from timed import timed

CELLS = (1000, 1000)
DEVICE = SoftBounds(device_spread=0.3, cycle_noise=0.3)
LOW, HIGH = 12e-6, 98e-6
TOLERANCE = 0.01
MAX_PULSES = 60


def measure() -> dict[str, dict[str, float]]:
    """Seconds, GiB, cells for each second of processor time, and what became of the cells."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return {"write and verify": pool.apply(_written)}


def _written() -> dict[str, float]:
    with one_thread():
        scheme = PacedInverse().fit(DEVICE)
        _program(scheme, (4, 4))  # compiles
        result, cost = timed(lambda: _program(scheme, CELLS))
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return cost | {
        "cells_per_s": result.target.numel() / cost["cpu_s"],
        "peak_gib": kib / 2**20,
        "missed": int((~result.converged).sum()),
        "pulses": float(result.pulses.double().mean()),
        "rounds": len(result.width),
        "error": float(result.relative_error.square().mean().sqrt()),
    }


def _program(scheme: PacedInverse, shape: tuple[int, ...]) -> ProgramResult:
    source = torch.Generator().manual_seed(0)
    target = LOW + (HIGH - LOW) * torch.rand(shape, dtype=torch.float64, generator=source)
    bench = SimulatedBench(DEVICE, shape, seed=0)
    return program(bench, scheme, target, tolerance=TOLERANCE, max_pulses=MAX_PULSES)


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)
