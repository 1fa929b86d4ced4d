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


def measure() -> dict[str, dict[str, float]]:
    """Seconds of processor time and of wall time; for the data set also its memory, MiB."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        measured = {"records": pool.apply(_records)}
    training, validation, _ = RECORDING.record(DEVICE).split(0.8, 0.1, 0.1)
    paper = PulsePredictor(encoding=SignedTime(), stages=PAPER_TRAINING)
    fine_tuning = {"stages": PAPER_FINE_TUNING}
    target = torch.rand(CELLS, dtype=torch.float64) * 4e-4 + 1.1e-4
    for name, threads in (("one thread", one_thread), ("all threads", nullcontext)):
        with threads():
            trained: list[PulsePredictor] = []
            for case, predictor in (("training", paper), ("default training", PulsePredictor())):
                measured[f"{case}, {name}"] = _timed(
                    lambda predictor=predictor: trained.append(
                        _learned(predictor, training, validation)
                    )
                )
            measured[f"fine-tuning, {name}"] = _timed(
                lambda: _learned(replace(trained[0], **fine_tuning), training, validation)
            )
            measured[f"1 M predictions, {name}"] = _timed(
                lambda: trained[1].pulse(target.flip(0), target)
            )
    return measured


def _learned(
    predictor: PulsePredictor, training: PulseRecords, validation: PulseRecords
) -> PulsePredictor:
    return predictor.learn(DEVICE, training, validation)


def _records() -> dict[str, float]:
    replace(RECORDING, cells=32, targets=1, warm_up=0).record(DEVICE)  # compiles
    with one_thread():
        outcome = _timed(lambda: RECORDING.record(DEVICE))
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return outcome | {"records": RECORDING.cells * RECORDING.targets, "peak_mib": kib / 1024}


def _timed(action: Callable[[], object]) -> dict[str, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    action()
    return {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)
