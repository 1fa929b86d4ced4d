"""Voltages and currents inside an array of cells that do not obey Ohm's law."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable

from mho.core.threads import in_parts
from mho.crossbar.wires import Wires

from . import newton_kernel

Equations = tuple[tuple[float, ...], NDArray[np.float64]]
"""Of a cell: what its `parameters` method gives."""

Point = Sequence[NDArray[np.float64]]
"""Voltage of row nodes, of column nodes, and current of cells, (matrices, vectors, rows, cols)."""

Felt = tuple[Tensor, Tensor, Tensor]
"""Conductance, driving and held voltage as `OperatingPoint` takes them."""


class Trial(Protocol):
    """Parameters of an array, other than its cells' conductances, that have a gradient."""

    def felt(self, felt: Felt, point: Point, circuit: tuple[Equations, Wires]) -> Felt:
        """The same numbers, with the gradient that the parameters have through them.

        Args:
            felt: Conductance, driving and held voltage of each cell.
            point: Where the circuits have settled.
            circuit: Parameters and gate voltages of the cells, and the wires.
        """
        ...


FIELDS = newton_kernel.FIELDS + 6
"""Of (rows, cols), that a thread needs: the wires and their ladders beside Newton's method."""


class OperatingPoint(torch.autograd.Function):
    """Voltage of row nodes, of column nodes, and current of cells, at circuits that are solved.

    Each is (matrices, vectors, rows, cols), and so is all that they are differentiable in: what
    each cell has, and what drives or holds its wires as seen from its place.

    The gradient is one linear solution of the transposed equations at the point that was found.

    Args:
        conductance: (matrices, vectors, rows, cols), S. Conductance of the memristors, the same
            for all vectors.
        voltage: (matrices, vectors, rows, cols), V. Voltages driving the rows, the same for all
            cells of a row.
        held: (matrices, vectors, rows, cols), V. Voltages of the columns' ends, the same for all
            cells of a column.
        circuit: Parameters and gate voltages of the cells, and the wires.
        point: Voltages of row and column nodes and currents, as `solve` found them.
    """

    @staticmethod
    def forward(
        ctx: Any,
        conductance: Tensor,
        voltage: Tensor,
        held: Tensor,
        circuit: tuple[Equations, Wires],
        point: Point,
    ) -> tuple[Tensor, Tensor, Tensor]:
        equations, wires = circuit
        ctx.compiled = conductance[:, 0].detach().contiguous().numpy(), *equations
        ctx.segments = np.ascontiguousarray(wires.row), np.ascontiguousarray(wires.column)
        row, column, current = (torch.from_numpy(x) for x in point)
        ctx.save_for_backward(row, column)
        return row, column, current

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        point = [x.numpy() for x in ctx.saved_tensors]
        seeds = [x.detach().clone(memory_format=torch.contiguous_format) for x in grads]
        arrays = [x.numpy() for x in seeds]

        def part(begin: int, end: int) -> int:
            circuit = ctx.compiled, ctx.segments, *point, *arrays
            room = newton_kernel.room(*arrays[0].shape[-2:])
            return int(newton_kernel.solve_adjoint(*circuit, begin, end, room))

        if failures := sum(_in_parts(part, point[0])):
            raise RuntimeError(
                f"The gradients of {failures} circuits did not settle. Check `converged` of the "
                "readout, and the units of conductance and wire resistance."
            )
        return *seeds, None, None


def operating_point(
    conductance: Tensor,
    voltage: Tensor,
    held: Tensor,
    equations: Equations,
    wires: Wires,
    trial: Trial | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """What `OperatingPoint` says, and whether each circuit has settled, (matrices, vectors).

    All else of a circuit that has not settled is NaN.

    Args:
        conductance: (matrices, rows, cols), S. Conductance of the memristors.
        voltage: (matrices, vectors, rows), V. Voltages driving the rows.
        held: (matrices, vectors, cols), V. Voltages of the columns' ends.
        equations: Parameters and gate voltages of the cells.
        wires: Driven on the left, and perhaps on the right; sensed at the bottom, and perhaps at
            the top.
        trial: Parameters of the array that the answer is to be differentiable in.
    """
    *point, done = solve(conductance, voltage, held, equations, wires)
    shape = point[0].shape
    felt = (
        conductance[:, None].expand(shape),
        voltage[..., None].expand(shape),
        held[..., None, :].expand(shape),
    )
    if trial is not None:
        felt = trial.felt(felt, point, (equations, wires))
    row, column, current = OperatingPoint.apply(*felt, (equations, wires), point)
    return row, column, current, torch.from_numpy(done)


def solve(
    conductance: Tensor, voltage: Tensor, held: Tensor, equations: Equations, wires: Wires
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Voltage of row nodes, of column nodes, and current of cells; whether each circuit settled.

    Args:
        conductance: (matrices, rows, cols), S. Conductance of the memristors.
        voltage: (matrices, vectors, rows), V. Voltages driving the rows.
        held: (matrices, vectors, cols), V. Voltages of the columns' ends.
        equations: Parameters and gate voltages of the cells.
        wires: As for `operating_point`.
    """
    compiled = conductance.detach().contiguous().numpy(), *equations
    segments = np.ascontiguousarray(wires.row), np.ascontiguousarray(wires.column)
    v = voltage.detach().contiguous().numpy()
    shape = *voltage.shape, conductance.shape[-1]
    row, column, current = (np.empty(shape) for _ in range(3))
    column[...] = held.detach().numpy()[..., None, :]

    done = np.empty(voltage.shape[:2].numel(), np.bool_)

    def part(begin: int, end: int) -> None:
        circuits, room = (
            (compiled, segments, v, row, column, current),
            newton_kernel.room(*shape[2:]),
        )
        newton_kernel.solve(*circuits, done, begin, end, _TOLERANCE, _LIMIT, room)

    _in_parts(part, row)
    for x in (row, column, current):
        x.reshape(len(done), *shape[-2:])[~done] = np.nan
    return row, column, current, done.reshape(shape[:2])


def _in_parts(part: Any, like: NDArray[np.float64]) -> list[Any]:
    matrices, vectors, rows, cols = like.shape
    return in_parts(part, matrices * vectors, least=max(1, _CELLS_PER_THREAD // (rows * cols)))


# Currents that do not agree, relative. Newton's last step lands far below it as a rule.
_TOLERANCE = 1e-10

# Steps of Newton's method. Three or four are usual, some twenty where cells bend strongly.
_LIMIT = 200

# Fewer take less time than starting a thread for them.
_CELLS_PER_THREAD = 1 << 11
