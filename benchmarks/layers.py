"""Layers on tiles beside plain torch, by processor time in one thread.

Run as a script, it prints a table. All forward passes take turns, so that a busy machine slows them
alike. The large network is converted in a process of its own, for its memory.
"""

import json
import multiprocessing
import resource
import statistics
import sys
import time
from dataclasses import replace

import torch
from torch import nn

from mho import ADC, DAC, Crossbar, RelativeReadNoise, ThermalNoise, WhiteNoise
from mho.nn import (
    DifferentialPair,
    ErrorWriter,
    Layer,
    Linear,
    ReferenceColumn,
    ResidualSlices,
    Tile,
    convert,
)
from mho.programming import KnotGrid, Origin, ProgramError
from mho.studies.networks.models import ResNet, mlp
from one_thread import one_thread

ROUNDS = 41
BATCH = 256
RANGE = {"g_min": 10e-6, "g_max": 90e-6}
CONVERTED = {"dac": DAC(bits=8), "adc": ADC(bits=8), "noise": (WhiteNoise(sigma=1e-7),)}
PAIR = Tile(mapping=DifferentialPair(**RANGE), rows=512, cols=512)
COLUMN = replace(PAIR, mapping=ReferenceColumn(**RANGE), cols=513)  # 512 outputs and the reference
SMALL = replace(COLUMN, rows=128, cols=129)
FORWARD = {
    "wires": replace(PAIR, crossbar=Crossbar()),
    "converted": replace(COLUMN, **CONVERTED),
    "converted pairs": replace(PAIR, **CONVERTED),
    "converted 128x128": replace(SMALL, **CONVERTED),
}
"""Tiles of the forward passes; aihwkit's default has one column for a weight, and 512 rows."""
SLICED = replace(PAIR, rows=128, cols=128, slicing=ResidualSlices(slices=3), **CONVERTED)
CONVOLUTION = {
    "residual pairs": replace(
        SLICED, noise=(ThermalNoise(bandwidth=1e8), RelativeReadNoise(sigma=0.01))
    )
}
"""Three pairs for each weight of a convolution, each cell of which is read with noise."""


def measure() -> dict[str, dict[str, float]]:
    """Milliseconds of a forward pass and of programming; seconds and GiB of the large network."""
    with one_thread():
        measured = _forward() | _programming()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return measured | {"resnet34": pool.apply(_large)}


def _forward() -> dict[str, dict[str, float]]:
    torch.manual_seed(0)
    measured = _beside(mlp().eval(), torch.rand(BATCH, 784), FORWARD, ROUNDS)
    convolution = nn.Sequential(nn.Conv2d(256, 256, 3, padding=1))
    beside = _beside(convolution, torch.randn(16, 256, 8, 8).relu(), CONVOLUTION, 9)
    renamed = {f"convolution {name}": case for name, case in beside.items()}
    return {f"forward {name}": case for name, case in measured.items()} | renamed


def _beside(
    model: nn.Module, x: torch.Tensor, tiles: dict[str, Tile], rounds: int
) -> dict[str, dict[str, float]]:
    models = {"torch": model} | {name: convert(model, tile, x) for name, tile in tiles.items()}
    spent: dict[str, list[float]] = {name: [] for name in models}
    with torch.no_grad():
        for turn in range(rounds + 2):
            for name, each in models.items():
                start = time.process_time()
                each(x)
                if turn > 1:  # the first ones compile and fill the caches
                    spent[name].append(time.process_time() - start)
    times = {name: 1e3 * statistics.median(each) for name, each in spent.items()}
    return {
        name: {"cpu_ms": value, "times_torch": value / times["torch"]}
        for name, value in times.items()
    }


def _programming() -> dict[str, dict[str, float]]:
    """A million weights with the error of a scheme, folding of the tiles included."""
    layer, x = nn.Linear(1024, 1024, bias=False), torch.rand(4, 1024)
    measured = {}
    for name, tile in (("one cell", COLUMN), ("pairs", PAIR)):
        analog = Linear(layer, replace(tile, writer=ErrorWriter(error=_error())), x)
        spent = []
        for _ in range(9):
            start = time.process_time()
            analog.write()
            spent.append(time.process_time() - start)
        measured[f"programming {name}"] = {"cpu_ms": 1e3 * statistics.median(spent)}
    return measured


def _error() -> ProgramError:
    ones = torch.ones(9, dtype=torch.float64)
    return ProgramError(
        grid=KnotGrid.over(*RANGE.values()),
        location=0 * ones,
        scale=1e-6 * ones,
        freedom=5.0 * ones,
        least=1e-6,
        greatest=1e-4,
        origin=Origin(scheme="none", device="none", outcomes="none"),
    )


def _large() -> dict[str, float]:
    """ResNet-34 with an error for each cell; nothing of it but its size matters."""
    with one_thread():
        model, x = ResNet().eval(), torch.rand(2, 3, 128, 128)
        tile = Tile(mapping=DifferentialPair(**RANGE), writer=ErrorWriter(error=_error()))
        start, wall = time.process_time(), time.perf_counter()
        analog = convert(model, tile, x)
        cost = {"cpu_s": time.process_time() - start, "wall_s": time.perf_counter() - wall}
    weights = sum(m.weight.numel() for m in analog.modules() if isinstance(m, Layer))
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return cost | {"weights": weights, "peak_gib": kib / 2**20}


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)
