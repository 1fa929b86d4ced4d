"""Cells some time after they were written."""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from mho.core.check import check_number
from mho.devices.time import Effect

from .writer import Writer, Written, tile_generator


@dataclass(frozen=True, kw_only=True)
class LaterWriter(Writer):
    """What time makes of the cells between writing and reading, by any effect.

    Another writer's cells count as new to the effect, also where they were drawn from an error. A
    device under an effect, `mho.devices.InTime`, remembers its pulses too.

    Args:
        writer: Writes the cells.
        effect: What happens to them, such as drift or relaxation.
        time: s. How long after writing they are read.
        seed: Selects what the effect does to each cell.
    """

    writer: Writer
    effect: Effect[Any]
    time: float
    seed: int = 0

    def __post_init__(self) -> None:
        check_number("time", self.time, low=0.0)

    def write(
        self, target: Tensor, *, tile: int, before: int = 0, last: Written | None = None
    ) -> Written:
        written = self.writer.write(target, tile=tile, before=before, last=last)
        source = tile_generator(self.seed, tile, before)
        cells = written.conductance.double()
        state = self.effect.relax(self.effect.fabricate(cells, source), cells, self.time, source)
        volt = torch.ones_like(cells)
        return replace(written, conductance=self.effect.current(state, cells, volt))
