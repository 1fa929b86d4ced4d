"""The two costs of the closed loop: programming many cells, and reading many images.

Run as a script, it prints a table. Programming uses all threads that are there.
"""

import json
import statistics
import sys
import time

import torch

from mho import Crossbar, SimulatedBench, program
from mho.devices import FilamentSpread, JartTUD
from mho.nn import DifferentialPair, InUse, Tile, convert
from mho.programming import TrainedPredictor
from mho.programming.predictor import Recording
from mho.studies.networks.models import mlp
from one_thread import one_thread

CELLS = (500, 400)
IMAGES = 10_000
ROUNDS = 11
DEVICE = JartTUD.preset(
    "yu2024", set_voltage=-0.4713, reset_voltage=0.9726, device_spread=FilamentSpread()
)
MAPPING = DifferentialPair(g_min=110e-6, g_max=520e-6)


def measure() -> dict[str, dict[str, float]]:
    """Seconds for a predicted pulse to each cell; seconds for all images, beside torch."""
    return {"one pulse": _programmed(), "images": _read()}


def _programmed() -> dict[str, float]:
    scheme = TrainedPredictor(name="jart_tud_yu2024_fast").fit(DEVICE)
    use, source = InUse(recording=Recording(longest=100e-6)), torch.Generator().manual_seed(0)
    share = torch.rand(CELLS, dtype=torch.float64, generator=source)
    target = MAPPING.g_min + MAPPING.span * share
    for shape in ((4, 4), CELLS):  # the first compiles
        bench = SimulatedBench(DEVICE, shape, seed=0)
        use.apply(bench, DEVICE)
        wall, cpu = time.monotonic(), time.process_time()
        part = target[: shape[0], : shape[1]]
        result = program(bench, scheme, part, tolerance=0.0, max_pulses=1)
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    return {
        "wall_s": wall,
        "cpu_s": cpu,
        "cells": result.target.numel(),
        "pulses": float(result.pulses.double().mean()),
        "error": float(result.relative_error.mean()),
    }


def _read() -> dict[str, float]:
    torch.manual_seed(0)
    model, x = mlp().eval(), torch.rand(IMAGES, 784)
    tile = Tile(mapping=MAPPING, rows=128, cols=128, crossbar=Crossbar())
    models = {"torch": model, "wires": convert(model, tile, x[:100])}
    spent: dict[str, list[float]] = {name: [] for name in models}
    with one_thread(), torch.no_grad():
        for _ in range(ROUNDS):
            for name, each in models.items():
                start = time.process_time()
                each(x)
                spent[name].append(time.process_time() - start)
    torch_s, wires_s = (statistics.median(spent[name]) for name in models)
    return {"torch_s": torch_s, "wires_s": wires_s, "ratio": wires_s / torch_s}


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)
