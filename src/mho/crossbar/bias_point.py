"""What the cells of an array feel while both wires of each are held at a voltage."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mho.core import Bias, BiasPoint
from mho.core.check import argument_error

from .cells import Cell, Cell1T1R
from .readout import check_room, flip
from .wires import Wires


def bias_point(
    cell: Cell, conductance: Tensor, bias: Bias, wires: Wires, turn: list[int]
) -> BiasPoint:
    """Voltages and currents of the memristors.

    Args:
        cell: What joins the wires at each crossing.
        conductance: (..., rows, cols), S. Conductance of the memristors.
        bias: What the wires are held at.
        wires: Resistance of every segment.
        turn: Axes to flip so that the rows are driven on the left, the columns sensed below.
    """
    batch = _batch(conductance, bias)
    rows, cols = conductance.shape[-2:]
    conductance = conductance.expand(*batch, rows, cols)
    row, column = (x.double().expand(*batch, -1) for x in (bias.row, bias.column))
    arrays = flip(conductance.reshape(-1, rows, cols), turn)
    held = (
        flip(row.reshape(-1, 1, rows), [-1] if -2 in turn else []),
        flip(column.reshape(-1, 1, cols), [-1] if -1 in turn else []),
    )
    gate = _gate(cell, bias, (rows, cols))
    if cell.ohmic:
        answer = _ohmic(arrays, held, wires.flip(turn))
    else:
        answer = _any(cell, arrays, held, wires.flip(turn), np.flip(gate, tuple(turn)))
    voltage, current = (flip(x[:, 0], turn).reshape(*batch, rows, cols) for x in answer)
    power = (row * current.sum(-1)).sum(-1) - (column * current.sum(-2)).sum(-1)
    return BiasPoint(voltage=voltage, current=current, power=power)


def _ohmic(arrays: Tensor, held: tuple[Tensor, Tensor], wires: Wires) -> tuple[Tensor, Tensor]:
    from .solve.node_solver import FIELDS, node_voltage

    check_room((len(arrays), 1, *arrays.shape[-2:]), arrays=5, fields=FIELDS)
    voltage, _ = node_voltage(arrays, held[0], wires, held[1])
    return voltage, arrays[:, None] * voltage


def _any(
    cell: Cell,
    arrays: Tensor,
    held: tuple[Tensor, Tensor],
    wires: Wires,
    gate: NDArray[np.float64],
) -> tuple[Tensor, Tensor]:
    from .solve.cell_solver import FIELDS, operating_point

    check_room((len(arrays), 1, *arrays.shape[-2:]), arrays=6, fields=FIELDS)
    parameters, _ = cell.parameters((arrays.shape[-2], arrays.shape[-1]))
    equations = parameters, np.ascontiguousarray(gate)
    row, column, current, converged = operating_point(arrays, *held, equations, wires)
    if not converged.all():
        raise RuntimeError(
            f"{int((~converged).sum())} of {converged.numel()} circuits did not converge. Check "
            "the units of conductance, voltage and wire resistance."
        )
    if not isinstance(cell, Cell1T1R):
        return row - column, current
    g = arrays[:, None]
    conducts = g > 0
    ratio = current / torch.where(conducts, g, 1.0)
    return torch.where(conducts, cell.law.voltage(ratio), row - column), current


def _gate(cell: Cell, bias: Bias, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Gate voltages of the cells: (rows, cols), V."""
    if bias.gate is None:
        return cell.parameters(shape)[1]
    if not isinstance(cell, Cell1T1R):
        remedy = "Give the array a `Cell1T1R`, or leave the gates out."
        raise argument_error("gate", "be left out", "the cells have no transistor", remedy)
    return bias.gate.detach().double().numpy()


def _batch(conductance: Tensor, bias: Bias) -> tuple[int, ...]:
    axes = conductance.shape[:-2], bias.row.shape[:-1], bias.column.shape[:-1]
    try:
        return tuple(torch.broadcast_shapes(*axes))
    except RuntimeError:
        must = f"have batch axes that broadcast with those of `conductance`, {tuple(axes[0])}"
        but = f"its row has {tuple(axes[1])} and its column {tuple(axes[2])}"
        raise argument_error("bias", must, but) from None
