"""Cells as they are in an array in use."""

from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from mho.bench import SimulatedBench
from mho.core import Device
from mho.core.check import argument_error, check_number
from mho.core.random import generator
from mho.programming.predictor import Recording


@dataclass(frozen=True, kw_only=True)
class InUse:
    """Cells that were driven to random conductances, one after the other, and hold the last one.

    So is an array that held something else before. A pool of cells is simulated once, and each cell
    of a bench is one of it, drawn with replacement: as made as any, with the same spread from cell
    to cell, but noise of its own from then on.

    Args:
        cells: Cells of the pool.
        visits: Conductances that each was driven to before the one that it holds.
        low: S. Lowest of them, 3 % of the device's range above its bottom if left out.
        high: S. Highest of them, 5 % of the device's range below its top if left out.
        step: s. Time between two looks at a cell on its way.
        longest: s. Pulse time after which a conductance counts as missed.
        seed: Selects the pool.
    """

    cells: int = 4096
    visits: int = 3
    low: float | None = None
    high: float | None = None
    step: float = 10e-9
    longest: float = 5e-3
    seed: int = 0

    def __post_init__(self) -> None:
        check_number("cells", self.cells, low=1)
        self._recording()

    def apply(self, bench: SimulatedBench, device: Device[Any]) -> None:
        """Put used cells in the place of those of a bench.

        Args:
            bench: Its seed selects the cells out of the pool.
            device: Model of the cells.
        """
        pool = _pool(self, device)
        place = torch.randint(self.cells, bench.shape, generator=bench.generator)
        bench.state = replace(
            pool, **{f.name: _placed(getattr(pool, f.name), place) for f in fields(pool)}
        )

    def _recording(self) -> Recording:
        return Recording(
            warm_up=self.visits,
            low=self.low,
            high=self.high,
            step=self.step,
            longest=self.longest,
        )


@lru_cache(maxsize=2)
def _pool(use: InUse, device: Device[Any]) -> Any:
    """State of the pool, (1, cells)."""
    recording, source = use._recording(), generator(use.seed)
    low, high = recording.range(device)
    share = torch.rand(1, use.cells, dtype=torch.float64, generator=source)
    return recording.used(device, low + (high - low) * share, source)


def _placed(values: Tensor, place: Tensor) -> Tensor:
    """Numbers of a pool, (..., 1, cells), where its cells are put: (..., rows, cols)."""
    if not isinstance(values, Tensor) or values.dim() < 2 or values.shape[-2] != 1:
        must = "be of a model whose state is a number or several for each cell"
        raise argument_error("device", must, "is not", "Use the history `Cycling`.")
    return values[..., 0, :][..., place].contiguous()
