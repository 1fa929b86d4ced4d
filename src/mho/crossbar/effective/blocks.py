"""Blocks of cells known only by the admittance between the ends of their wires.

A block of neighbouring cells meets the rest of the array at the nodes on its four sides, left,
top, right and bottom, which are its ports. Its admittance matrix says what flows into each port
for given port voltages, and is all that the rest of the array ever feels of it::

             top
            o   o
    left  o-+---+-o  right
          o-+---+-o
            o   o
           bottom

Joining two blocks ties the ports on their facing sides together and eliminates them (Kron
reduction), which gives the block of both, exactly:

.. math:: Y = Y_{kk} - Y_{fk}^T Y_{ff}^{-1} Y_{fk}

with k the ports that are kept, f the facing ones.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable

from . import block_kernels

LEFT, TOP, RIGHT, BOTTOM = range(4)


@dataclass(frozen=True)
class Block:
    """A grid of blocks that all have the same number of ports.

    Args:
        admittance: (batch, grid rows, grid cols, ports, ports), S. Between the ports of each
            block, ordered by side.
        sides: Number of ports on the left, top, right and bottom.
    """

    admittance: Tensor
    sides: tuple[int, int, int, int]

    def split(self, axis: int, before: int) -> tuple["Block", "Block"]:
        """The grid cut in two.

        Args:
            axis: 1 to cut between rows of the grid, 2 between columns.
            before: How many come before the cut.
        """
        sizes = [before, self.admittance.shape[axis] - before]
        first, second = self.admittance.split(sizes, axis)
        return Block(first, self.sides), Block(second, self.sides)

    def halves(self, axis: int) -> tuple["Block", "Block"]:
        """The blocks at even and at odd places along the grid.

        Args:
            axis: 1 for rows of the grid, 2 for columns; of even length.
        """
        pairs = self.admittance.unflatten(axis, (self.admittance.shape[axis] // 2, 2))
        even, odd = pairs.unbind(axis + 1)
        return Block(even, self.sides), Block(odd, self.sides)

    def ports(self, side: int) -> slice:
        """Where the ports of a side are in the admittance matrix.

        Args:
            side: `LEFT`, `TOP`, `RIGHT` or `BOTTOM`.
        """
        start = sum(self.sides[:side])
        return slice(start, start + self.sides[side])


def pairs_of_cells(conductance: Tensor, row_wire: Tensor, column_wire: Tensor) -> Block:
    """Cells and their neighbours on the right as blocks, with the wires left of and below each.

    Args:
        conductance: (batch, rows, cols), S. Conductance of an even number of columns of cells.
        row_wire: (rows, cols), S. Conductance of the segment left of each cell.
        column_wire: (rows, cols), S. Conductance of the segment below each cell.
    """
    near, far = conductance[..., 0::2], conductance[..., 1::2]
    left_wire, middle_wire = row_wire[..., 0::2], row_wire[..., 1::2]
    below, below_far = (column_wire[..., k::2].expand_as(near) for k in range(2))
    # The node between the two segments of the row is gone: a star of three made a triangle.
    middle = left_wire + middle_wire + near
    row = left_wire * middle_wire / middle
    cell, cell_far = left_wire * near / middle, middle_wire * near / middle
    o, minus, minus_far = torch.zeros_like(near), -below, -below_far
    left = [row + cell, -cell, o, -row, o, o]
    top_near = [-cell, cell + cell_far + below, o, -cell_far, minus, o]
    top_far = [o, o, far + below_far, -far, o, minus_far]
    right = [-row, -cell_far, -far, row + cell_far + far, o, o]
    bottom_near = [o, minus, o, o, below, o]
    bottom_far = [o, o, minus_far, o, o, below_far]
    ports = [*left, *top_near, *top_far, *right, *bottom_near, *bottom_far]
    return Block(torch.stack(ports, -1).unflatten(-1, (6, 6)), (1, 2, 1, 2))


def join(first: Block, second: Block, side: int) -> Block:
    """The blocks that `first` and `second` make together.

    Args:
        first: Blocks on the left, or above.
        second: As many blocks on the right, or below.
        side: `RIGHT` or `BOTTOM`: the side of `first` that `second` is on.
    """
    seam = _seam(first.sides, second.sides, side)
    return Block(_Join.apply(first.admittance, second.admittance, seam), seam.sides)


def leave_open(block: Block, side: int) -> Block:
    """The blocks without the ports of a side that nothing is connected to.

    Args:
        block: Blocks with open wire ends.
        side: `TOP` or `RIGHT`.
    """
    ports = block.sides[side]
    nothing = block.admittance.new_zeros(ports, ports).expand(*block.admittance.shape[:-2], -1, -1)
    if side == TOP:
        return join(Block(nothing, (0, 0, 0, ports)), block, BOTTOM)
    return join(block, Block(nothing, (ports, 0, 0, 0)), RIGHT)


class _Seam(NamedTuple):
    """Which ports of two blocks face each other, and what becomes of the others."""

    facing: NDArray[np.uint64]
    """First facing port of either block, and their number."""
    sides: tuple[int, int, int, int]
    """Number of ports on the sides of the joined block."""
    runs: NDArray[np.uint64]
    """Ports that stay neighbours: 0 of the first or 1 of the second, source, target, length."""


@lru_cache(1 << 10)
def _seam(first: tuple[int, ...], second: tuple[int, ...], side: int) -> _Seam:
    gone, runs, sides = (side, side - 2), [(0, 0, 0, 0)], [0, 0, 0, 0]
    for port in range(4):
        for which, block in enumerate((first, second)):
            if port != gone[which]:
                source, target, length = sum(block[:port]), sum(sides), block[port]
                last = runs[-1]
                if last[:2] == (which, source - last[3]):
                    runs[-1] = (*last[:3], last[3] + length)
                else:
                    runs.append((which, source, target, length))
                sides[port] += length
    facing = np.array([sum(first[: gone[0]]), sum(second[: gone[1]]), first[side]], np.uint64)
    kept = np.array([run for run in runs if run[3]], np.uint64).reshape(-1, 4)
    return _Seam(facing, (sides[0], sides[1], sides[2], sides[3]), kept)


class _Join(torch.autograd.Function):
    """Kron reduction, written in place and with its gradient by hand: both are several times
    faster than what autograd makes of the same expression.
    """

    @staticmethod
    def forward(ctx: Any, first: Tensor, second: Tensor, seam: _Seam) -> Tensor:
        grid, count, size = first.shape[:-2], int(seam.facing[2]), sum(seam.sides)
        factor = first.new_empty(*grid, count, count)
        scaled = first.new_empty(*grid, count, size)
        joined = first.new_empty(*grid, size, size)
        parts = [x.numpy() for x in (factor, scaled, joined)]
        # Every other layout in memory would have to be compiled anew.
        blocks = (x.detach().contiguous().numpy() for x in (first, second))
        block_kernels.assemble(*blocks, seam.facing, seam.runs, *parts)
        if count <= _FEW:
            block_kernels.eliminate(*(x.reshape(-1, *x.shape[-2:]) for x in parts))
        else:
            factor = torch.linalg.cholesky(factor)
            scaled = torch.linalg.solve_triangular(factor, scaled, upper=False)
            flat = scaled.flatten(0, -3)
            joined.flatten(0, -3).baddbmm_(flat.mT, flat, alpha=-1)
        ctx.save_for_backward(factor, scaled)
        ctx.seam, ctx.sizes = seam, (first.shape[-1], second.shape[-1])
        return joined

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        # Admittances are symmetric, and as long as what is made of them is too, so is `grad`.
        factor, scaled = ctx.saved_tensors
        solved = torch.linalg.solve_triangular(factor.mT, scaled, upper=True)
        coupling = -(solved @ grad)
        pivots = -coupling @ solved.mT
        grads = []
        for which, size in enumerate(ctx.sizes):
            block = grad.new_empty(*grad.shape[:-2], size, size)
            start = int(ctx.seam.facing[which])
            f = slice(start, start + solved.shape[-2])
            block[..., f, f] = pivots
            runs = [_slices(run) for run in ctx.seam.runs.tolist() if run[0] == which]
            for s, t in runs:
                block[..., f, s] = coupling[..., t]
                block[..., s, f] = coupling[..., t].mT
                for s_other, t_other in runs:
                    block[..., s, s_other] = grad[..., t, t_other]
            grads.append(block)
        return grads[0], grads[1], None


def _slices(run: list[int]) -> tuple[slice, slice]:
    _, source, target, length = run
    return slice(source, source + length), slice(target, target + length)


# Up to this many facing ports LAPACK and BLAS spend their time on being called for each block.
_FEW = 16
