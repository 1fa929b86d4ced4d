"""Voltages inside an array with resistive wires, for given sources."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from mho.core.threads import in_parts
from mho.crossbar.wires import Wires

from . import line_solver

FIELDS = 11
"""Of (rows, cols), that a thread needs: the wires, their ladders, and conjugate gradients."""


class NodeVoltage(torch.autograd.Function):
    """Voltage across each ohmic cell and of its column node, each (matrices, vectors, rows, cols).

    The nodal equations are symmetric, so the gradient is one more solution of the same circuit,
    with the gradients as currents injected across each cell and into its column node.

    Args:
        conductance: (matrices, rows, cols), S. Conductance of the cells.
        voltage: (matrices, vectors, rows), V. Voltages driving the rows.
        across: (matrices, vectors, rows, cols), A. Injected into the row node of each cell and
            drawn from its column node.
        column: (matrices, vectors, rows, cols), A. Injected into the column node of each cell.
        wires: Driven on the left, and perhaps on the right; sensed at the bottom, and perhaps at
            the top.
    """

    @staticmethod
    def forward(
        ctx: Any,
        conductance: Tensor,
        voltage: Tensor,
        across: Tensor,
        column: Tensor,
        wires: Wires,
    ) -> tuple[Tensor, Tensor]:
        solution = [x.clone(memory_format=torch.contiguous_format) for x in (across, column)]
        _solve(conductance.contiguous(), voltage.contiguous(), solution, wires)
        ctx.save_for_backward(conductance, solution[0])
        ctx.wires = wires
        return solution[0], solution[1]

    @staticmethod
    def backward(ctx: Any, across_grad: Tensor, column_grad: Tensor) -> tuple[Tensor | None, ...]:
        conductance, across = ctx.saved_tensors
        undriven = torch.zeros_like(across[..., 0])
        sources = across_grad, column_grad
        adjoint, column = NodeVoltage.apply(conductance, undriven, *sources, ctx.wires)
        conductance_grad = -(adjoint * across).sum(-3)
        voltage_grad = (across_grad - conductance[:, None] * adjoint).sum(-1)
        return conductance_grad, voltage_grad, adjoint, column, None


def node_voltage(
    conductance: Tensor, voltage: Tensor, wires: Wires, held: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """What `NodeVoltage` says without any current injected.

    Args:
        conductance: (matrices, rows, cols), S. Conductance of the cells.
        voltage: (matrices, vectors, rows), V. Voltages driving the rows.
        wires: As there.
        held: (matrices, vectors, cols), V. Voltages of the columns' ends, 0 V if left out.
    """
    nothing = voltage.new_zeros(1).expand(*voltage.shape, conductance.shape[-1])
    if held is None:
        across, column = NodeVoltage.apply(conductance, voltage, nothing, nothing, wires)
        return across, column
    # Counted from its end, a column is at 0 V and each of its cells has a source in series.
    end = held[..., None, :]
    source = conductance[:, None] * end
    across, column = NodeVoltage.apply(conductance, voltage, source, nothing, wires)
    return across - end, column + end


def _solve(conductance: Tensor, voltage: Tensor, solution: list[Tensor], wires: Wires) -> None:
    """Replace the currents in `solution` by voltages."""
    matrices, vectors, rows, cols = solution[0].shape
    g, v, across, column = (x.detach().numpy() for x in (conductance, voltage, *solution))
    segments = np.ascontiguousarray(wires.row), np.ascontiguousarray(wires.column)
    limit = _LIMIT * (rows + cols)

    def part(begin: int, end: int) -> int:
        sources = v, across, column
        return int(line_solver.solve(g, segments, *sources, begin, end, _TOLERANCE, limit))

    circuits = matrices * vectors
    failures = sum(in_parts(part, circuits, least=max(1, _CELLS_PER_THREAD // (rows * cols))))
    if failures:
        raise RuntimeError(
            f"{failures} of {circuits} circuits did not settle within {limit} iterations. "
            "Check the units of conductance and wire resistance, or use `effective_conductance`."
        )


# Relative residual. Currents come out about as accurate.
_TOLERANCE = 1e-12

# Fewer take less time than starting a thread for them.
_CELLS_PER_THREAD = 1 << 12

# Iterations per line. Arrays that keep some of their voltage take less than one.
_LIMIT = 100
