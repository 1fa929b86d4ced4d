"""The matrix that an array with resistive wires multiplies by.

Blocks of cells are joined to ever larger ones, all pairs of a size at once, until one is left.
That costs as much as a few dense products of matrices of the array's size.
"""

import torch
from torch import Tensor
from torch.nn.functional import pad

from .blocks import BOTTOM, LEFT, RIGHT, TOP, Block, join, leave_open, pairs_of_cells


def transfer_conductance(
    conductance: Tensor, row_resistance: float, column_resistance: float
) -> Tensor:
    """Current into each column per volt on each row: (arrays, rows, cols), S.

    Args:
        conductance: (arrays, rows, cols), S. Conductance of the cells.
        row_resistance: Ohm. Of a segment of a row wire.
        column_resistance: Ohm. Of a segment of a column wire.
    """
    if not row_resistance:
        return _separate_columns(conductance, column_resistance)
    if not column_resistance:
        return _separate_columns(conductance.mT.flip(-2), row_resistance).flip(-2).mT
    together = max(1, _CELLS_TOGETHER // conductance.shape[1:].numel())
    wires = 1 / row_resistance, 1 / column_resistance
    parts = [_join_cells(part, *wires) for part in conductance.split(together)]
    return torch.cat(parts) if len(parts) > 1 else parts[0]


# As many as fit the processor's cache with the admittance of their blocks.
_CELLS_TOGETHER = 1 << 14

# Rows and columns of the blocks that all have four sides, edges of the array included.
_LEAF = 4

# Axes of a grid of blocks.
_ROWS, _COLUMNS = 1, 2


def _separate_columns(conductance: Tensor, resistance: float) -> Tensor:
    """As above, with ideal rows: the columns are ladders that do not feel each other."""
    seen, passed = torch.zeros_like(conductance[..., 0, :]), []
    for cells in conductance.unbind(-2):
        seen = seen + cells
        passed.append(1 / (1 + resistance * seen))
        seen = seen * passed[-1]
    return conductance * torch.stack(passed[::-1], -2).cumprod(-2).flip(-2)


def _join_cells(conductance: Tensor, row_wire: float, column_wire: float) -> Tensor:
    rows, cols = conductance.shape[-2:]
    # Cells without conductance beyond the open ends of the wires change nothing.
    more_rows, more_cols = -rows % _LEAF, -cols % _LEAF
    padded = pad(conductance, (0, more_cols, more_rows, 0))
    whole = _join_leaves(_leaves(padded, row_wire, column_wire))
    driven, sensed = whole.ports(LEFT), whole.ports(BOTTOM)
    admittance = whole.admittance[:, 0, 0]
    mean = (admittance[:, driven, sensed] + admittance[:, sensed, driven].mT) / 2
    return -mean[:, more_rows:, :cols]


def _leaves(conductance: Tensor, row_wire: float, column_wire: float) -> Block:
    """Square blocks of `_LEAF` by `_LEAF` cells."""
    blocks = pairs_of_cells(conductance, row_wire, column_wire)
    while True:
        blocks = join(*blocks.halves(_ROWS), BOTTOM)
        if blocks.sides[LEFT] == _LEAF:
            return blocks
        blocks = join(*blocks.halves(_COLUMNS), RIGHT)


def _join_leaves(leaves: Block) -> Block:
    """The whole array as one block that is open at the top and on the right.

    Blocks on these two edges have fewer ports, since nothing is connected there, and may be
    smaller, so they are kept apart: `top`, `right` and the `corner` of both.
    """
    grid_columns = leaves.admittance.shape[_COLUMNS]
    top, rest = leaves.split(_ROWS, 1)
    top, corner = leave_open(top, TOP).split(_COLUMNS, grid_columns - 1)
    rest, right = rest.split(_COLUMNS, grid_columns - 1)
    corner, right = leave_open(corner, RIGHT), leave_open(right, RIGHT)
    while (below := right.admittance.shape[_ROWS]) + (beside := top.admittance.shape[_COLUMNS]):
        if beside and (rest.sides[TOP] <= rest.sides[LEFT] or not below):
            top, corner = _pair_columns(top, corner)
            rest, right = _pair_columns(rest, right)
        else:
            top, rest = _pair_rows(top, rest)
            corner, right = _pair_rows(corner, right)
    return corner


def _pair_columns(blocks: Block, last: Block) -> tuple[Block, Block]:
    count = blocks.admittance.shape[_COLUMNS]
    if count % 2:
        blocks, alone = blocks.split(_COLUMNS, count - 1)
        last = join(alone, last, RIGHT)
    return join(*blocks.halves(_COLUMNS), RIGHT), last


def _pair_rows(first: Block, blocks: Block) -> tuple[Block, Block]:
    if blocks.admittance.shape[_ROWS] % 2:
        alone, blocks = blocks.split(_ROWS, 1)
        first = join(first, alone, BOTTOM)
    return first, join(*blocks.halves(_ROWS), BOTTOM)
