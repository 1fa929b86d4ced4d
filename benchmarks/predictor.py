"""Data set, training, fine-tuning and use of the pulse predictor, by processor time.

Run as a script, it prints a table. The data set is measured in a process of its own, for its
memory; compilation is not counted, since it is cached.
"""

import json
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import TypeVar

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

DEVICE = JartTUD.preset("yu2024")
RECORDING = Recording()
CELLS = (1000, 1000)
Answer = TypeVar("Answer")


def measure() -> dict[str, dict[str, float]]:
    """Seconds of processor time and of wall time; for the data set also its memory, MiB."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        measured = {"records": pool.apply(_records)}
    with one_thread():
        looks, cost = _timed(lambda: PulsePredictor().recording.record(DEVICE))
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
    scratch, scratch_cost = _timed(lambda: paper.learn(DEVICE, *histories))
    ours, cost = _timed(lambda: PulsePredictor().learn(DEVICE, *looks))
    further = replace(scratch, stages=PAPER_FINE_TUNING)
    _, tuning_cost = _timed(lambda: further.learn(DEVICE, *histories))
    _, pulse_cost = _timed(lambda: ours.pulse(target.flip(0), target))
    return {
        f"training, {name}": scratch_cost,
        f"fine-tuning, {name}": tuning_cost,
        f"default training, {name}": cost,
        f"a million predictions, {name}": pulse_cost,
    }


def _records() -> dict[str, float]:
    replace(RECORDING, cells=32, targets=1, warm_up=0).record(DEVICE)  # compiles
    with one_thread():
        _, cost = _timed(lambda: RECORDING.record(DEVICE))
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return cost | {"records": RECORDING.cells * RECORDING.targets, "peak_mib": kib / 1024}


def _timed(action: Callable[[], Answer]) -> tuple[Answer, dict[str, float]]:
    cpu, wall = time.process_time(), time.perf_counter()
    answer = action()
    return answer, {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)
