"""A writer that remembers: what was written once is read back from the run folder."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.nn import Writer, Written
from mho.studies.study import Shards

from .shards import tile_shard


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
            written = self.writer.write(target, tile=tile)
            outcome = {name: getattr(written, name) for name in _ARRAYS}
            self.folder.write(shard, target=target, **outcome)
        stored = self.folder.read(shard)
        self.advance(1)
        return Written(**{name: torch.from_numpy(stored[name]) for name in _ARRAYS})


_ARRAYS = ("conductance", "pulses", "time", "energy")
