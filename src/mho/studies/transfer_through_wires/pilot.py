"""A small array that tells what the wires of all tiles are."""

from dataclasses import dataclass, replace

import torch

from mho.calibration import PhysicsCalibrator
from mho.core.check import check_number
from mho.core.random import generator
from mho.nn import Tile

_NUMBER = -1  # of the pilot among the tiles, for cells of its own


@dataclass(frozen=True, kw_only=True)
class Pilot:
    """A small array of cells and wires like those of the tiles, to learn the wires from.

    Its cells are programmed to random targets and verified, so that it is known what they hold. It
    is read once with each of some random vectors, through converters like those of the tiles.

    Args:
        rows: Rows.
        cols: Columns.
        reads: Vectors.
    """

    rows: int = 32
    cols: int = 32
    reads: int = 20

    def __post_init__(self) -> None:
        for name in ("rows", "cols", "reads"):
            check_number(name, getattr(self, name), low=1)

    def told(self, calibrator: PhysicsCalibrator, tile: Tile, seed: int) -> PhysicsCalibrator:
        """The calibrator with the parameters that the pilot tells; tiles tell it the voltages.

        Args:
            calibrator: What identifies them.
            tile: What the tiles are made of.
            seed: Selects targets and vectors.
        """
        low, high = tile.mapping.g_min, tile.mapping.g_max
        source = generator(seed)
        share = torch.rand(self.rows, self.cols, dtype=torch.float64, generator=source)
        target = low + (high - low) * share
        held = tile.writer.write(target, tile=_NUMBER).conductance
        share = torch.rand(self.reads, self.rows, dtype=torch.float64, generator=source)
        voltage = tile.read_voltage * share
        if tile.dac is not None:
            voltage = tile.dac.fit(voltage)(voltage)
        current = tile.crossbar.read(held, voltage).current
        if tile.adc is not None:
            current = tile.adc.fit(current)(current)
        every = replace(calibrator, readings=self.reads).fit(current, voltage, held)
        return replace(calibrator, identified=every.identified)
