"""The matrix that an array with resistive wires multiplies by.

Blocks of cells are joined to ever larger ones, all pairs of a size at once, until one is left.
That costs as much as a few dense products of matrices of the array's size.
"""

from functools import reduce

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from mho.core.memory import DOUBLE, check_memory
from mho.crossbar.solve.node_solver import node_voltage
from mho.crossbar.wires import Wires

from .blocks import BOTTOM, LEFT, RIGHT, TOP, Block, join, leave_open, pairs_of_cells
from .ladder import end_share


def transfer_conductance(conductance: Tensor, wires: Wires) -> Tensor:
    """Current into each column per volt on each row: (arrays, rows, cols), S.

    Args:
        conductance: (arrays, rows, cols), S. Conductance of the cells.
        wires: Driven on the left, and perhaps on the right; sensed at the bottom, and perhaps at
            the top.
    """
    row, column = wires.row, wires.column
    if not row[:, :-1].any() and not column[1:].any():
        return conductance
    if not row[:, :-1].any():  # ideal rows: columns do not feel each other
        return conductance * end_share(conductance, column, -2)
    if not column[1:].any():
        return conductance * end_share(conductance, row.T, -1)
    together = max(1, _CELLS_TOGETHER // conductance.shape[1:].numel())
    even = _even(row) and _even(column.T)
    _check_room(conductance, min(together, len(conductance)), wires, even)
    answer = _join_cells if even else _drive_each_row
    parts = [answer(part, wires) for part in conductance.split(together)]
    return torch.cat(parts) if len(parts) > 1 else parts[0]


# As many as fit the processor's cache with the admittance of their blocks.
_CELLS_TOGETHER = 1 << 14

# Ratio of resistances along a wire. The error is some hundred times the rounding of one step.
_MOST_UNEVEN = 1e4

# Rows and columns of the blocks that all have four sides, edges of the array included.
_LEAF = 4

# Numbers that are held at a time, as measured: for each cell while small blocks are joined, kept
# for each cell when a gradient is wanted, for each pair of ports of the whole array, and for each
# cell and row where every row is driven by itself.
_JOINED, _KEPT, _WHOLE, _DRIVEN = 70, 60, 2, 3

# Axes of a grid of blocks.
_ROWS, _COLUMNS = 1, 2


def _even(segments: NDArray[np.float64]) -> bool:
    """Whether the connected segments of each wire are alike enough to be joined exactly.

    Beside a far better conductor the admittance of the others is lost to rounding, and 0 ohm has
    none to begin with.
    """
    least, most = segments.min(1), np.where(np.isfinite(segments), segments, 0.0).max(1)
    return bool(((least > 0) & (most <= _MOST_UNEVEN * least)).all())


def _check_room(conductance: Tensor, together: int, wires: Wires, even: bool) -> None:
    """Refuse arrays whose blocks, or the node voltages of whose rows, do not fit the memory."""
    arrays, rows, cols = conductance.shape
    cells = rows * cols
    if even:
        ends = [rows] * int(np.isfinite(wires.row[:, -1]).any())
        ends += [cols] * int(np.isfinite(wires.column[0]).any())
        ports = rows + cols + sum(ends)
        kept = _KEPT * arrays * bool(conductance.requires_grad)
        needed = cells * (_JOINED * together + kept) + _WHOLE * together * ports**2
    else:
        needed = _DRIVEN * together * rows * cells
    what = f"{arrays} arrays of {rows} x {cols} cells"
    remedy = "Give fewer arrays at once, or smaller tiles."
    check_memory("conductance", DOUBLE * (needed + arrays * cells), what, remedy)


def _drive_each_row(conductance: Tensor, wires: Wires) -> Tensor:
    """As above, by solving for one row at 1 V after the other."""
    rows = conductance.shape[-2]
    unit = torch.eye(rows, dtype=conductance.dtype).expand(len(conductance), rows, rows)
    across, _ = node_voltage(conductance, unit, wires)
    return (conductance[:, None] * across).sum(-2)


def _join_cells(conductance: Tensor, wires: Wires) -> Tensor:
    rows, cols = conductance.shape[-2:]
    far_right = int(np.isfinite(wires.row[:, -1]).any())
    far_top = int(np.isfinite(wires.column[0]).any())
    # Cells without conductance beyond the open ends of the wires change nothing, and neither do
    # those that part a last segment.
    more_rows = far_top + -(rows + far_top) % _LEAF
    more_cols = far_right + -(cols + far_right) % _LEAF
    row = np.hstack([wires.row[:, :-1], _parted(wires.row[:, -1], more_cols).T])
    column = np.vstack([_parted(wires.column[0], more_rows)[::-1], wires.column[1:]])
    row = np.vstack([np.ones((more_rows, cols + more_cols)), row])
    column = np.hstack([column, np.ones((rows + more_rows, more_cols))])
    padded = pad(conductance, (0, more_cols, more_rows, 0))
    leaves = _leaves(padded, torch.from_numpy(1 / row), torch.from_numpy(1 / column))
    whole = _join_leaves(
        leaves, [side for side, far in ((TOP, far_top), (RIGHT, far_right)) if not far]
    )
    ports = [(d, s) for d in (LEFT, RIGHT)[: 1 + far_right] for s in (BOTTOM, TOP)[: 1 + far_top]]
    flows = [_between(whole, *pair) for pair in ports]
    return -reduce(torch.add, flows)[:, more_rows:, :cols]


def _between(whole: Block, driven: int, sensed: int) -> Tensor:
    admittance = whole.admittance[:, 0, 0]
    rows, columns = whole.ports(driven), whole.ports(sensed)
    return (admittance[:, rows, columns] + admittance[:, columns, rows].mT) / 2


def _parted(segments: NDArray[np.float64], parts: int) -> NDArray[np.float64]:
    """Parts by wires: resistances in series that make the last segment of each wire."""
    connected = np.isfinite(segments)
    part = np.where(connected, segments / max(parts, 1), 1.0)
    first = np.where(connected | ~connected.any(), part, segments)
    return np.stack([first, *[part] * (parts - 1)])[:parts]


def _leaves(conductance: Tensor, row_wire: Tensor, column_wire: Tensor) -> Block:
    """Square blocks of `_LEAF` by `_LEAF` cells."""
    blocks = pairs_of_cells(conductance, row_wire, column_wire)
    while True:
        blocks = join(*blocks.halves(_ROWS), BOTTOM)
        if blocks.sides[LEFT] == _LEAF:
            return blocks
        blocks = join(*blocks.halves(_COLUMNS), RIGHT)


def _join_leaves(leaves: Block, open_sides: list[int]) -> Block:
    """The whole array as one block, without the ports of the open sides.

    Blocks on the upper and the right edge may have fewer ports, if nothing is connected there, and
    may be smaller, so they are kept apart: `top`, `right` and the `corner` of both.
    """
    grid_columns = leaves.admittance.shape[_COLUMNS]
    top, rest = leaves.split(_ROWS, 1)
    if TOP in open_sides:
        top = leave_open(top, TOP)
    top, corner = top.split(_COLUMNS, grid_columns - 1)
    rest, right = rest.split(_COLUMNS, grid_columns - 1)
    if RIGHT in open_sides:
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
