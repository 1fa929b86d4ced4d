"""Cells as they are in an array in use."""

from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from mho.bench import SimulatedBench
from mho.core import Device
from mho.core.check import argument_error
from mho.core.random import generator
from mho.programming.predictor import Recording


@dataclass(frozen=True, kw_only=True)
class InUse:
    """Cells that were driven to random conductances, one after the other, and hold the last one.

    So is an array that held something else before, and so are the cells that pulses are recorded
    of. A pool of cells is simulated once, and each cell of a bench is one of it, drawn with
    replacement: as made as any, with the same spread from cell to cell, but noise of its own from
    then on.

    Args:
        recording: How many cells the pool has, what they visited before the conductance that they
            hold, and what selects them; what it says of the records themselves is not asked.
    """

    recording: Recording = field(default_factory=lambda: Recording(cells=4096, warm_up=3))

    def check(self, device: Device[Any]) -> None:
        """Refuse a device whose cells cannot be drawn out of a pool.

        Args:
            device: Model of the cells.
        """
        self.recording.range(device)
        two = device.fabricate((1, 2), torch.Generator())
        _drawn(two, torch.zeros(1, 1, dtype=torch.long))

    def apply(self, bench: SimulatedBench, device: Device[Any]) -> None:
        """Put used cells in the place of those of a bench.

        Args:
            bench: Its seed selects the cells out of the pool.
            device: Model of the cells.
        """
        pool = _pool(self.recording, device)
        place = torch.randint(self.recording.cells, bench.shape, generator=bench.generator)
        bench.state = _drawn(pool, place)


@lru_cache(maxsize=2)
def _pool(recording: Recording, device: Device[Any]) -> Any:
    """State of the pool, (1, cells)."""
    source = generator(recording.seed)
    low, high = recording.range(device)
    share = torch.rand(1, recording.cells, dtype=torch.float64, generator=source)
    return recording.used(device, low + (high - low) * share, source)


def _drawn(pool: Any, place: Tensor) -> Any:
    """State of cells out of a pool, each by its place there: (rows, cols)."""
    return replace(pool, **{f.name: _placed(getattr(pool, f.name), place) for f in fields(pool)})


def _placed(values: Tensor, place: Tensor) -> Tensor:
    """Numbers of a pool, (..., 1, cells), where its cells are put: (..., rows, cols)."""
    if not isinstance(values, Tensor) or values.dim() < 2 or values.shape[-2] != 1:
        must = "be of a model whose state is a number or several for each cell"
        raise argument_error("device", must, "is not", "Use the history `Cycling`.")
    return values[..., 0, :][..., place].contiguous()
