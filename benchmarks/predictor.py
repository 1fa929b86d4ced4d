"""Data set, training, fine-tuning and use of the pulse predictor, by processor time.

Run as a script, it prints a table. The data set is measured in a process of its own, for its
memory; compilation is not counted, since it is cached.
"""

import json
import multiprocessing
import resource
import sys
from contextlib import nullcontext
from dataclasses import replace

import torch

from mho.devices import JartTUD
from mho.programming import PulsePredictor
from mho.programming.predictor import (
    PAPER_FINE_TUNING,
    PAPER_TRAINING,
    PulseRecords,
    Recording,
    SignedTime,
)
from one_thread import one_thread
from timed import timed

DEVICE = JartTUD.preset("yu2024")
RECORDING = Recording()
CELLS = (1000, 1000)


def measure() -> dict[str, dict[str, float]]:
    """Seconds of processor time and of wall time; for the data set also its memory, MiB."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        measured = {"records": pool.apply(_records)}
    with one_thread():
        looks, cost = timed(lambda: PulsePredictor().recording.record(DEVICE))
    measured["default records"] = cost | {"records": len(looks)}
    sets = [every.split(0.8, 0.1, 0.1)[:2] for every in (RECORDING.record(DEVICE), looks)]
    for name, threads in (("one thread", one_thread), ("all threads", nullcontext)):
        with threads():
            measured |= _by_case(name, *sets)
    return measured


def _by_case(
    name: str, histories: tuple[PulseRecords, ...], looks: tuple[PulseRecords, ...]
) -> dict[str, dict[str, float]]:
    paper = PulsePredictor(encoding=SignedTime(), stages=PAPER_TRAINING)
    target = torch.rand(CELLS, dtype=torch.float64) * 4e-4 + 1.1e-4
    scratch, scratch_cost = timed(lambda: paper.learn(DEVICE, *histories))
    ours, cost = timed(lambda: PulsePredictor().learn(DEVICE, *looks))
    further = replace(scratch, stages=PAPER_FINE_TUNING)
    _, tuning_cost = timed(lambda: further.learn(DEVICE, *histories))
    _, pulse_cost = timed(lambda: ours.pulse(target.flip(0), target))
    return {
        f"training, {name}": scratch_cost,
        f"fine-tuning, {name}": tuning_cost,
        f"default training, {name}": cost,
        f"a million predictions, {name}": pulse_cost,
    }


def _records() -> dict[str, float]:
    replace(RECORDING, cells=32, targets=1, warm_up=0).record(DEVICE)  # compiles
    with one_thread():
        _, cost = timed(lambda: RECORDING.record(DEVICE))
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return cost | {"records": RECORDING.cells * RECORDING.targets, "peak_mib": kib / 1024}


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)
