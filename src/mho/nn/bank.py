"""Tiles that are read together, and what is around them."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import torch
from torch import Tensor

from mho.calibration import Diagonal, Full, LowRank, Repair, Unchanged
from mho.crossbar import ADC, TIA
from mho.crossbar.noise import together

from .tile import Tile

AFFINE = (Unchanged, Diagonal, LowRank, Full)
"""Repairs that can be folded into the matrices, and taken apart by row tiles."""
_TOGETHER = 1 << 20  # currents that are read at a time: more miss the caches
Settings = TypeVar("Settings", bound=Any)


@dataclass(frozen=True, kw_only=True)
class Bank:
    """Tiles of a layer between their voltages and what is known of their currents.

    Args:
        tile: What the layer is made of.
        conductance: (row tiles, column tiles, rows, cols), S. Conductances that the cells hold.
        effective: (row tiles, column tiles, rows, cols), S. Matrices that the tiles multiply by.
        scale: (row tiles or 1, column tiles or 1, 1, outputs or 1), 1. Output for each ampere.
        tia: Amplifier of the columns, ideal if left out.
        adc: Converter of the columns, none if left out.
        repair: Repair of the currents.
        generator: Source of the noise.
    """

    tile: Tile
    conductance: Tensor
    effective: Tensor
    scale: Tensor
    tia: TIA | None
    adc: ADC | None
    repair: Repair
    generator: torch.Generator

    def read(self, voltage: Tensor) -> Tensor:
        """Currents out of the columns: (row tiles, column tiles, vectors, cols), A.

        Args:
            voltage: (row tiles, 1 or column tiles, vectors, rows), V. Voltages driving the rows.
        """
        tile = self.tile
        return tile.reader.current(tile.crossbar, self.conductance, self.effective, voltage)

    def convert(self, current: Tensor, voltage: Tensor) -> Tensor:
        """Currents as noise, amplifiers and converters leave them, A.

        The shape is (row tiles, column tiles, vectors, converters).

        Args:
            current: (row tiles, column tiles, vectors, cols), A. Currents out of the columns.
            voltage: (row tiles, 1 or column tiles, vectors, rows), V. Voltages driving the rows.
        """
        noise, mapping = None, self.tile.mapping
        if self.tile.noise:
            array = self.effective, voltage
            noise = together(self.tile.noise, current, *array, self.generator)
        # Noise of the columns goes straight into converters of their own.
        direct = self.adc is not None and self.tia is None and not mapping.subtracts_first
        if noise is not None and not direct:
            current, noise = noise.on(current), None
        current = mapping.seen(current)
        if self.tia is not None:
            current = self.tia(current)
        return current if self.adc is None else self.adc(current, noise=noise)

    def currents(self, voltage: Tensor) -> Tensor:
        """Currents as they are known digitally: (row tiles, column tiles, vectors, converters), A.

        Args:
            voltage: (row tiles, 1 or column tiles, vectors, rows), V. Voltages driving the rows.
        """
        return self.repair(self.convert(self.read(voltage), voltage))

    def sums(self, voltage: Tensor) -> Tensor:
        """Outputs of each tile: (row tiles or 1, column tiles, vectors, outputs of a tile), 1.

        Args:
            voltage: (row tiles, 1 or column tiles, vectors, rows), V. Voltages driving the rows.
        """
        # If all row tiles count alike, their currents are added first.
        alike = len(self.scale) == 1 and not isinstance(self.repair, Full)
        added: list[Tensor] = []
        for bank, driven in self._in_parts(voltage):
            total = driven.sum(-1, keepdim=True)
            seen = [bank.currents(driven), total] if alike else [bank._sums(driven, total)]
            seen = [each.sum(0, keepdim=True) if len(each) > 1 else each for each in seen]
            added = [a.add_(b) for a, b in zip(added, seen, strict=True)] if added else seen
        return self.tile.mapping.sums(*added) * self.scale if alike else added[0]

    def _sums(self, voltage: Tensor, total: Tensor) -> Tensor:
        """Outputs of each tile, given the sums of all its voltages too."""
        sums = self.tile.mapping.sums
        if not isinstance(self.repair, Full):
            return sums(self.currents(voltage), total) * self.scale
        # Columns that are subtracted from one another in the matrix are fewer to multiply by.
        current = self.convert(self.read(voltage), voltage)
        weight, offset = (x.to(current.dtype) for x in (self.repair.weight, self.repair.offset))
        repaired = current @ sums(weight, weight.new_zeros(())) + sums(offset, total)
        return repaired * self.scale

    def _in_parts(self, voltage: Tensor) -> Iterator[tuple["Bank", Tensor]]:
        """Row tiles that are read at a time, and their voltages."""
        rows, across, _, cols = self.effective.shape
        each = across * voltage.shape[-2] * cols
        step = rows if not isinstance(self.repair, AFFINE) else max(1, _TOGETHER // max(1, each))
        if step >= rows:
            yield self, voltage
            return
        for first in range(0, rows, step):
            some = slice(first, first + step)
            part = _of_row_tiles(self, some)
            adc = self.adc and _of_row_tiles(self.adc, some)
            repair = _of_row_tiles(self.repair, some)
            yield replace(part, adc=adc, repair=repair), voltage[some]


def _of_row_tiles(whole: Settings, some: slice) -> Settings:
    """Settings of some row tiles out of those of all."""
    held = {each.name: getattr(whole, each.name) for each in fields(whole)}
    cut = {
        name: value[some]
        for name, value in held.items()
        if isinstance(value, Tensor) and value.dim() > 3 and len(value) > 1
    }
    return replace(whole, **cut)
