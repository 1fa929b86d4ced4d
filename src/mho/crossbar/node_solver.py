"""Voltages inside an array with resistive wires, for given sources."""

from typing import Any

import torch
from torch import Tensor

from mho.core.threads import in_parts

from . import line_solver


class CellVoltage(torch.autograd.Function):
    """Voltage across each ohmic cell: (matrices, vectors, rows, cols), V.

    The nodal equations are symmetric, so the gradient is one more solution of the same circuit,
    with the gradient as a current injected across each cell.

    Args:
        conductance: (matrices, rows, cols), S. Conductance of the cells.
        voltage: (matrices, vectors, rows), V. Voltages driving the rows.
        current: (matrices, vectors, rows, cols), A. Injected into the row node of each cell and
            drawn from its column node.
        resistance: Ohm. Of a segment of a row wire and of a column wire.
    """

    @staticmethod
    def forward(
        ctx: Any,
        conductance: Tensor,
        voltage: Tensor,
        current: Tensor,
        resistance: tuple[float, float],
    ) -> Tensor:
        solution = current.clone(memory_format=torch.contiguous_format)
        _solve(conductance.contiguous(), voltage.contiguous(), solution, resistance)
        ctx.save_for_backward(conductance, solution)
        ctx.resistance = resistance
        return solution

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        conductance, solution = ctx.saved_tensors
        undriven = torch.zeros_like(solution[..., 0])
        adjoint = CellVoltage.apply(conductance, undriven, grad, ctx.resistance)
        conductance_grad = -(adjoint * solution).sum(-3)
        voltage_grad = (grad - conductance[:, None] * adjoint).sum(-1)
        return conductance_grad, voltage_grad, adjoint, None


def _solve(
    conductance: Tensor, voltage: Tensor, solution: Tensor, resistance: tuple[float, float]
) -> None:
    """Replace the currents in `solution` by voltages."""
    matrices, vectors, rows, cols = solution.shape
    g, v, u = (x.detach().numpy() for x in (conductance, voltage, solution))
    wires = float(resistance[0]), float(resistance[1])
    limit = _LIMIT * (rows + cols)

    def part(begin: int, end: int) -> int:
        return int(line_solver.solve(g, wires, v, u, begin, end, _TOLERANCE, limit))

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
