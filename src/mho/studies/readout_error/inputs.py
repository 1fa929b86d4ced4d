"""What the arrays hold and what drives them, source by source."""

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from mho.core.random import generator

if TYPE_CHECKING:
    from .readout_error import ReadoutError

SIGNALS = ("sinusoid", "dc")
"""Sources of voltages for the filters, beside the random sources."""
MATRICES_PER_SHARD = 50
"""Random matrices whose readings are stored together."""


def random_sources(study: "ReadoutError") -> list[str]:
    """Names of the blocks of random matrices, in order.

    Args:
        study: Tells how many matrices there are.
    """
    count = math.ceil(study.matrices / MATRICES_PER_SHARD)
    return [f"matrices{number:03d}" for number in range(count)]


def inputs(study: "ReadoutError", source: str) -> dict[str, Tensor]:
    """Conductances, (matrices, rows, cols), S, and voltages, (matrices, vectors, rows), V.

    Args:
        study: Tells sizes, ranges, filters and the seed.
        source: One of `random_sources` or of `SIGNALS`.
    """
    if source in SIGNALS:
        taps = study.filters.taps(study.rows, study.cols)
        conductance = study.g_min + (study.g_max - study.g_min) * taps
        signal = study.filters.sinusoid if source == "sinusoid" else study.filters.constant
        return {"conductance": conductance[None], "voltage": signal(study.rows)[None]}
    first = MATRICES_PER_SHARD * random_sources(study).index(source)
    numbers = range(first, min(first + MATRICES_PER_SHARD, study.matrices))
    # A generator for each matrix: a matrix is the same however many there are.
    generators = [generator(study.seed, 0, number) for number in numbers]
    cells, rows = (study.rows, study.cols), (study.vectors, study.rows)
    return {
        "conductance": _uniform(cells, study.g_min, study.g_max, generators),
        "voltage": _uniform(rows, study.v_min, study.v_max, generators),
    }


def _uniform(
    shape: tuple[int, int], low: float, high: float, generators: list[torch.Generator]
) -> Tensor:
    drawn = [torch.rand(shape, generator=each, dtype=torch.float64) for each in generators]
    return low + (high - low) * torch.stack(drawn)
