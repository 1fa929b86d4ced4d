"""Voltages and currents inside an array of cells that do not obey Ohm's law."""

from typing import Any

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

FIELDS = newton_kernel.FIELDS + 6
"""Of (rows, cols), that a thread needs: the wires and their ladders beside Newton's method."""


class OperatingPoint(torch.autograd.Function):
    """Voltage of row nodes, of column nodes, and current of cells.

    Each is (matrices, vectors, rows, cols), and NaN in circuits that have not settled.

    The gradient is one linear solution of the transposed equations at the point that was found.

    Args:
        conductance: (matrices, rows, cols), S. Conductance of the memristors.
        voltage: (matrices, vectors, rows), V. Voltages driving the rows.
        held: (matrices, vectors, cols), V. Voltages of the columns' ends.
        equations: Parameters and gate voltages of the cells.
        wires: Driven on the left, and perhaps on the right; sensed at the bottom, and perhaps at
            the top.
        converged: (matrices, vectors). Overwritten: whether each circuit has settled.
    """

    @staticmethod
    def forward(
        ctx: Any,
        conductance: Tensor,
        voltage: Tensor,
        held: Tensor,
        equations: Equations,
        wires: Wires,
        converged: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        ctx.compiled = conductance.detach().contiguous().numpy(), *equations
        ctx.segments = np.ascontiguousarray(wires.row), np.ascontiguousarray(wires.column)
        v = voltage.detach().contiguous().numpy()
        shape = *voltage.shape, conductance.shape[-1]
        answer = [np.empty(shape) for _ in range(3)]
        answer[1][...] = held.detach().numpy()[..., None, :]

        def part(begin: int, end: int) -> NDArray[np.bool_]:
            circuits = ctx.compiled, ctx.segments, v, *answer
            return np.asarray(newton_kernel.solve(*circuits, begin, end, _TOLERANCE, _LIMIT))

        done = np.concatenate(_in_parts(part, answer[0]))
        for x in answer:
            x.reshape(len(done), *shape[-2:])[~done] = np.nan
        converged.copy_(torch.from_numpy(done).reshape(converged.shape))
        row, column, current = (torch.from_numpy(x) for x in answer)
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
            return int(newton_kernel.solve_adjoint(*circuit, begin, end))

        if failures := sum(_in_parts(part, point[0])):
            raise RuntimeError(
                f"The gradients of {failures} circuits did not settle. Check `converged` of the "
                "readout, and the units of conductance and wire resistance."
            )
        return seeds[0].sum(1), seeds[1].sum(-1), seeds[2].sum(-2), None, None, None


def operating_point(
    conductance: Tensor, voltage: Tensor, held: Tensor, equations: Equations, wires: Wires
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """What `OperatingPoint` says, and whether each circuit has settled, (matrices, vectors).

    Args:
        conductance: (matrices, rows, cols), S. Conductance of the memristors.
        voltage: (matrices, vectors, rows), V. Voltages driving the rows.
        held: (matrices, vectors, cols), V. Voltages of the columns' ends.
        equations: Parameters and gate voltages of the cells.
        wires: As there.
    """
    converged = torch.empty(voltage.shape[:-1], dtype=torch.bool)
    sources = voltage, held
    row, column, current = OperatingPoint.apply(conductance, *sources, equations, wires, converged)
    return row, column, current, converged


def _in_parts(part: Any, like: NDArray[np.float64]) -> list[Any]:
    matrices, vectors, rows, cols = like.shape
    return in_parts(part, matrices * vectors, least=max(1, _CELLS_PER_THREAD // (rows * cols)))


# Currents that do not agree, relative. Newton's last step lands far below it as a rule.
_TOLERANCE = 1e-10

# Steps of Newton's method. Three or four are usual, some twenty where cells bend strongly.
_LIMIT = 200

# Fewer take less time than starting a thread for them.
_CELLS_PER_THREAD = 1 << 11
