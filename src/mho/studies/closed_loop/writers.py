"""How the loop writes tiles: every cell simulated once and kept, or drawn from a fitted error."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core.random import generator
from mho.nn import DifferentialPair, ErrorWriter, PulseWriter, Writer, Written
from mho.programming import KnotGrid, Origin, Outcomes, ProgramError
from mho.studies.study import Shards

from .shards import sample_shard, tile_shard

_ARRAYS = ("conductance", "pulses", "time", "energy")

KNOTS = 9
"""Targets, evenly spread, at which a program error is described."""
SAMPLE = 300
"""Fewest cells of which each of these gets enough to fit an error to."""


@dataclass(frozen=True)
class StoredWriter(Writer):
    """Lets another writer write each tile once and keeps the outcome as a shard.

    Args:
        writer: Does the writing.
        folder: Keeps the shards.
        scheme: Name of the scheme.
        seed: Seed of the cells.
        advance: Called with 1 after each tile, written or read back.
    """

    writer: Writer
    folder: Shards
    scheme: str
    seed: int
    advance: Callable[[int], None]

    def write(
        self, target: Tensor, *, tile: int, before: int = 0, last: Written | None = None
    ) -> Written:
        shard = tile_shard(self.scheme, self.seed, tile)
        if not self.folder.has(shard):
            _keep(self.folder, shard, target, self.writer.write(target, tile=tile))
        stored = self.folder.read(shard)
        self.advance(1)
        return Written(**{name: torch.from_numpy(stored[name]) for name in _ARRAYS})


def drawing_writer(
    writer: PulseWriter, cells: int, mapping: DifferentialPair, folder: Shards, scheme: str
) -> ErrorWriter:
    """Draws what cells reach from the error of some that are simulated, and kept as a shard.

    Args:
        writer: Simulates cells.
        cells: How many, with targets all over the range.
        mapping: Gives the range.
        folder: Keeps the shards.
        scheme: Name of the scheme.
    """
    shard = sample_shard(scheme, writer.seed)
    low, high = mapping.g_min, mapping.g_max
    if not folder.has(shard):
        share = torch.rand(1, cells, dtype=torch.float64, generator=generator(writer.seed, 1))
        target = low + (high - low) * share
        _keep(folder, shard, target, writer.write(target, tile=0))
    stored = folder.read(shard)
    target, reached = (torch.from_numpy(stored[k]).flatten() for k in ("target", "conductance"))
    grid = KnotGrid.over(low, high, knots=KNOTS)
    origin = Origin(
        scheme=f"{writer.programmer}, {writer.max_pulses} pulses at most",
        device=f"{writer.device}, {writer.history or 'fresh'}",
        outcomes=f"{cells} simulated cells, seed {writer.seed}",
    )
    outcomes = Outcomes(grid, target, reached, torch.arange(len(target)))
    return ErrorWriter(error=ProgramError.fit(outcomes, origin=origin), seed=writer.seed)


def _keep(folder: Shards, shard: str, target: Tensor, written: Written) -> None:
    outcome = {name: getattr(written, name) for name in _ARRAYS}
    folder.write(shard, target=target, **outcome)
