"""Weights of a layer into the cells of its tiles, one tile after the other."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.bench import SomeCells
from mho.core.memory import check_memory

from .mapping import Mapping
from .tile import Tile
from .tiling import Tiling
from .writer import Written

_LEAST = 0.01  # of the weights that counts as reached, for a column that all current is lost of
_BYTES = 64  # for each cell while it is written and folded, as measured


@dataclass(frozen=True)
class Cells:
    """Cells of a layer, asked for and held.

    Args:
        target: (row tiles, column tiles, rows, cols), S. Conductances asked for.
        conductance: (row tiles, column tiles, rows, cols), S. Conductances held.
        reached: (row tiles or 1, tiles of a slice or 1, 1, outputs or 1), 1. What of the weights
            the first slice reaches through wires.
    """

    target: Tensor
    conductance: Tensor
    reached: Tensor


def cells_shape(tile: Tile, tiling: Tiling) -> tuple[int, ...]:
    """Row tiles, column tiles, rows and columns.

    Args:
        tile: What the layer is made of.
        tiling: Tiles of the layer.
    """
    cols = tile.mapping.columns(tiling.outputs_of_tile)
    return tiling.row_tiles, tiling.tiles_across, tiling.rows, cols


def check_room(name: str, *shapes: tuple[int, ...]) -> None:
    """Refuse tiles that do not fit the memory, before any of it is taken.

    Args:
        name: Argument as the caller wrote it.
        *shapes: Row tiles, column tiles, rows and columns of each layer.
    """
    cells = sum(math.prod(shape) for shape in shapes)
    tiles = sum(shape[0] * shape[1] for shape in shapes)
    what = f"{cells} cells on {tiles} tiles"
    check_memory(name, _BYTES * cells, what, "Convert fewer layers, or slice weights less.")


def write_tiles(
    tile: Tile,
    tiling: Tiling,
    weight: Tensor,
    into: Cells,
    *,
    first: int,
    before: int,
    last: list[Written] | None = None,
) -> list[Written]:
    """Write all tiles of a layer, and say what each took, row tile by row tile.

    Args:
        tile: What the layer is made of.
        tiling: Tiles of the layer.
        weight: (row tiles, groups * column tiles, rows, outputs), 1. Weights, -1 to 1.
        into: Cells to write.
        first: Number of the layer's first tile in the model.
        before: How often the layer was written before.
        last: What each tile took the last time, in the order of the answer.
    """
    across = tiling.tiles_across // tiling.slices
    written: dict[int, Written] = {}
    for row in range(tiling.row_tiles):
        for column in range(across):
            rows, outputs = tiling.used(row, column)
            wanted: Tensor = weight[row, column, :rows, :outputs]
            held: list[Tensor] = []
            kept: Tensor | None = None
            for slice_ in range(tiling.slices):
                place = row, slice_ * across + column
                share = tile.slicing.slice(wanted, held)
                if kept is not None:
                    share = _foreseen(tile.mapping, share, kept)
                target = tile.mapping.conductance(share)
                index = row * tiling.tiles_across + place[1]
                number, earlier = first + index, last[index] if last else None
                one = tile.writer.write(target, tile=number, before=before, last=earlier)
                into.target[place][:rows, : target.shape[-1]] = target
                into.conductance[place][:rows, : target.shape[-1]] = one.conductance
                written[number] = one
                if slice_ + 1 == tiling.slices:
                    break
                seen = one.conductance
                if tile.slicing.through_wires:
                    whole = tile.crossbar.effective_conductance(into.conductance[place])
                    seen = whole[:rows, : target.shape[-1]]
                    kept = seen / one.conductance
                held.append(tile.mapping.held(seen))
                if tile.slicing.through_wires and slice_ == 0:
                    reached = _reached(wanted.double(), held[0])
                    into.reached[row, column, 0, :outputs] = reached
                    wanted = wanted * reached
    return [written[number] for number in sorted(written)]


def _foreseen(mapping: Mapping, share: Tensor, kept: Tensor) -> Tensor:
    """Weights to ask for where wires leave a part of each cell: (rows, outputs), -1 to 1.

    Args:
        mapping: How weights become conductances.
        share: (rows, outputs), 1. Weights wanted of the array.
        kept: (rows, cols), 1. What it keeps of each cell's conductance, as far as is known.
    """

    def left(weight: Tensor) -> Tensor:
        return mapping.held(kept * mapping.conductance(weight))

    nothing = left(torch.zeros_like(share))
    missing = share - nothing
    slope = (left(missing.sign()) - nothing).abs()  # the sign of a weight says which cell is raised
    return (missing / slope.clamp(min=_LEAST)).clamp(-1.0, 1.0)


def _reached(weight: Tensor, held: Tensor) -> Tensor:
    """What of the weights of each output is held, by least squares: (outputs,), 1."""
    square = weight.square().sum(0)
    share = (weight * held).sum(0) / square
    return torch.where(square > 0, share, 1.0).clamp(min=_LEAST)


def write_some(tile: Tile, into: Cells, cells: Tensor, last: list[Written], first: int) -> Tensor:
    """Write some cells of a layer to their targets, and answer what they hold: (...), S.

    Args:
        tile: What the layer is made of.
        into: Cells of the layer. They are not changed.
        cells: (...). Numbers of the cells to write.
        last: What each tile took the last time, with the cells that its writer keeps.
        first: Number of the layer's first tile in the model.
    """
    held, chosen = into.conductance.double(), torch.zeros_like(into.target, dtype=torch.bool)
    chosen.view(-1)[cells] = True
    across, mapping = into.target.shape[1], tile.mapping
    for number, written in enumerate(last):
        rows, cols = written.conductance.shape
        at = (*divmod(number, across), slice(rows), slice(cols))
        if not chosen[at].any():
            continue
        # What is not chosen asks for what it holds, and no pulse reaches it whatever is made of it.
        wanted = held[at].clamp(mapping.g_min, mapping.g_max)
        wanted = torch.where(chosen[at], into.target[at].double(), wanted)
        some = replace(written, cells=SomeCells(written.cells, chosen[at]))
        held[at] = tile.writer.write(wanted, tile=first + number, last=some).conductance
    return held.reshape(-1)[cells]


def weight_per_siemens(tile: Tile, tiling: Tiling, largest: Tensor) -> Tensor:
    """What one siemens of `mapping.sums` stands for, for each tile and output or for all.

    Args:
        tile: What the layer is made of.
        tiling: Tiles of the layer.
        largest: (row tiles or 1, tiles of a slice or 1, 1, outputs or 1), 1. Largest weights.
    """
    counts = tile.slicing.significance
    per_siemens = largest / tile.mapping.span
    if len(counts) == 1:
        return per_siemens * counts[0]
    each = per_siemens.expand(-1, tiling.tiles_across // tiling.slices, -1, -1)
    return torch.cat([each * count for count in counts], 1)
