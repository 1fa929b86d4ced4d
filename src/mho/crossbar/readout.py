"""What an array answers to voltages on its rows."""

import warnings
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mho.core.check import argument_error

from .wires import Wires


@dataclass(frozen=True)
class Readout:
    """What an array answers to voltages on its rows.

    Args:
        current: (..., vectors, cols), A. Into each column's sense amplifier, or both of them.
        cell_voltage: (..., vectors, rows, cols), V. What the wires leave across each cell.
        row_voltage: (..., vectors, rows, cols), V. At each node of the row wires.
        column_voltage: (..., vectors, rows, cols), V. At each node of the column wires.
        power: (..., vectors), W. Dissipated between the drivers and ground, by wires, cells and
            series resistances.
        converged: (..., vectors), bool. Whether the circuit was solved. All else of one that was
            not is NaN.
    """

    current: Tensor
    cell_voltage: Tensor
    row_voltage: Tensor
    column_voltage: Tensor
    power: Tensor
    converged: Tensor


def read_ohmic(conductance: Tensor, voltage: Tensor, wires: Wires, turn: list[int]) -> Readout:
    """Answer of an array of ohmic cells.

    Args:
        conductance: (..., rows, cols), S. Conductance of the cells.
        voltage: (..., vectors, rows), V. Voltages driving the rows.
        wires: Resistance of every segment.
        turn: Axes to flip so that the rows are driven on the left, the columns sensed below.
    """
    from .node_solver import node_voltage

    arrays, vectors, shape = _circuits(conductance, voltage, turn)
    voltages = node_voltage(arrays, vectors, wires.flip(turn))
    across, column_voltage = (flip(x, turn).reshape(shape) for x in voltages)
    through = conductance[..., None, :, :] * across
    return Readout(
        current=through.sum(-2),
        cell_voltage=across,
        row_voltage=column_voltage + across,
        column_voltage=column_voltage,
        power=(through.sum(-1) * voltage).sum(-1),
        converged=torch.ones(shape[:-2], dtype=torch.bool),
    )


def read_cells(
    conductance: Tensor,
    voltage: Tensor,
    wires: Wires,
    turn: list[int],
    *,
    equations: tuple[tuple[float, ...], NDArray[np.float64]],
) -> Readout:
    """Answer of an array of any cells.

    Args:
        conductance: (..., rows, cols), S. Conductance of the memristors.
        voltage: (..., vectors, rows), V. Voltages driving the rows.
        wires: Resistance of every segment.
        turn: Axes to flip so that the rows are driven on the left, the columns sensed below.
        equations: Parameters and gate voltages of the cells.
    """
    from .cell_solver import operating_point

    arrays, vectors, shape = _circuits(conductance, voltage, turn)
    parameters, gate = equations
    turned = parameters, np.ascontiguousarray(np.flip(gate, tuple(turn)))
    *point, converged = operating_point(arrays, vectors, turned, wires.flip(turn))
    if not converged.all():
        warnings.warn(
            f"{int((~converged).sum())} of {converged.numel()} circuits did not converge; "
            "`converged` of the readout says which. Check the units of conductance, voltage and "
            "wire resistance.",
            stacklevel=3,
        )
    row_voltage, column_voltage, through = (flip(x, turn).reshape(shape) for x in point)
    return Readout(
        current=through.sum(-2),
        cell_voltage=row_voltage - column_voltage,
        row_voltage=row_voltage,
        column_voltage=column_voltage,
        power=(through.sum(-1) * voltage).sum(-1),
        converged=converged.reshape(shape[:-2]),
    )


def flip(tensor: Tensor, axes: list[int]) -> Tensor:
    """The same array seen from another corner.

    Args:
        tensor: (..., rows, cols).
        axes: -1 to swap left and right, -2 to swap top and bottom.
    """
    return tensor.flip(axes) if axes else tensor


def _circuits(
    conductance: Tensor, voltage: Tensor, turn: list[int]
) -> tuple[Tensor, Tensor, tuple[int, ...]]:
    """Arrays and their vectors, turned, with one batch axis each; the shape of node voltages."""
    rows, cols = conductance.shape[-2:]
    if conductance.dim() == 2:  # one array: its batches of vectors are just more vectors
        shape = (*voltage.shape, cols)
        conductance, voltage = conductance[None], voltage.reshape(1, -1, rows)
    else:
        batch = _batch(conductance, voltage)
        shape = (*batch, *voltage.shape[-2:], cols)
        conductance = conductance.expand(*batch, rows, cols).reshape(-1, rows, cols)
        voltage = voltage.expand(*batch, *voltage.shape[-2:]).flatten(0, -3)
    return flip(conductance, turn), flip(voltage, [-1] if -2 in turn else []), shape


def _batch(conductance: Tensor, voltage: Tensor) -> tuple[int, ...]:
    axes = conductance.shape[:-2], voltage.shape[:-2]
    try:
        return tuple(torch.broadcast_shapes(*axes))
    except RuntimeError:
        must = f"have batch axes that broadcast with those of `conductance`, {tuple(axes[0])}"
        raise argument_error("voltage", must, f"has batch axes {tuple(axes[1])}") from None
