"""A writer that remembers: what was written once is read back from the run folder."""

from collections.abc import Callable
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from mho.nn import Writer, Written
from mho.studies.study import Shards


@dataclass(frozen=True)
class StoredWriter(Writer):
    """Lets another writer write each tile once and keeps the outcome as a shard.

    Args:
        writer: Does the writing.
        folder: Keeps the shards.
        name: Beginning of the shards' names.
        advance: Called with 1 after each tile, written or read back.
    """

    writer: Writer
    folder: Shards
    name: str
    advance: Callable[[int], None]

    def write(self, target: Tensor, *, tile: int) -> Written:
        shard = f"{self.name}-tile{tile:03d}"
        if not self.folder.has(shard):
            written = self.writer.write(target, tile=tile)
            outcome = {f.name: getattr(written, f.name) for f in fields(Written)}
            self.folder.write(shard, target=target, **outcome)
        stored = self.folder.read(shard)
        self.advance(1)
        return Written(**{f.name: torch.from_numpy(stored[f.name]) for f in fields(Written)})
