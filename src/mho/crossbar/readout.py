"""What an array answers to voltages on its rows."""

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mho.core.check import argument_error
from mho.core.memory import DOUBLE, check_memory
from mho.core.threads import cores

from .wires import Wires

if TYPE_CHECKING:
    from .solve.cell_solver import Trial


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
    from .solve.node_solver import FIELDS, node_voltage

    shape = _shape(conductance, voltage)
    check_room(shape, arrays=4 if turn else 3, fields=FIELDS)
    arrays, vectors = _circuits(conductance, voltage, shape, turn)
    voltages = node_voltage(arrays, vectors, wires.flip(turn))
    across, column_voltage = (flip(x, turn).reshape(shape) for x in voltages)
    del voltages  # of the turned array, as large as the answer
    current, power = _sums(conductance[..., None, :, :] * across, voltage)
    return Readout(
        current=current,
        cell_voltage=across,
        row_voltage=column_voltage + across,
        column_voltage=column_voltage,
        power=power,
        converged=torch.ones(shape[:-2], dtype=torch.bool),
    )


def read_cells(
    conductance: Tensor,
    voltage: Tensor,
    wires: Wires,
    turn: list[int],
    *,
    equations: tuple[tuple[float, ...], NDArray[np.float64]],
    trial: "Trial | None" = None,
) -> Readout:
    """Answer of an array of any cells.

    Args:
        conductance: (..., rows, cols), S. Conductance of the memristors.
        voltage: (..., vectors, rows), V. Voltages driving the rows.
        wires: Resistance of every segment.
        turn: Axes to flip so that the rows are driven on the left, the columns sensed below.
        equations: Parameters and gate voltages of the cells.
        trial: Parameters of the array that the answer is to be differentiable in.
    """
    from .solve.cell_solver import FIELDS, operating_point

    shape = _shape(conductance, voltage)
    check_room(shape, arrays=6 if turn else 3, fields=FIELDS)
    arrays, vectors = _circuits(conductance, voltage, shape, turn)
    parameters, gate = equations
    turned = parameters, np.ascontiguousarray(np.flip(gate, tuple(turn)))
    grounded = vectors.new_zeros(1).expand(*vectors.shape[:-1], shape[-1])
    *point, converged = operating_point(arrays, vectors, grounded, turned, wires.flip(turn), trial)
    if not converged.all():
        warnings.warn(
            f"{int((~converged).sum())} of {converged.numel()} circuits did not converge; "
            "`converged` of the readout says which. Check the units of conductance, voltage and "
            "wire resistance.",
            stacklevel=3,
        )
    row_voltage, column_voltage, through = (flip(x, turn).reshape(shape) for x in point)
    current, power = _sums(through, voltage)
    del point, through  # as large as the voltages across the cells, which come next
    return Readout(
        current=current,
        cell_voltage=row_voltage - column_voltage,
        row_voltage=row_voltage,
        column_voltage=column_voltage,
        power=power,
        converged=converged.reshape(shape[:-2]),
    )


def flip(tensor: Tensor, axes: list[int]) -> Tensor:
    """The same array seen from another corner.

    Args:
        tensor: (..., rows, cols).
        axes: -1 to swap left and right, -2 to swap top and bottom.
    """
    return tensor.flip(axes) if axes else tensor


def _sums(through: Tensor, voltage: Tensor) -> tuple[Tensor, Tensor]:
    """Current of each column and power of each vector, of what flows through the cells."""
    return through.sum(-2), (through.sum(-1) * voltage).sum(-1)


def check_room(shape: tuple[int, ...], *, arrays: int, fields: int) -> None:
    """Refuse circuits whose node voltages do not fit the memory.

    Args:
        shape: Of the node voltages, (..., vectors, rows, cols).
        arrays: Of that shape that are held at a time.
        fields: Of (rows, cols) that each thread works in.
    """
    *batch, rows, cols = shape
    circuits = math.prod(batch)
    needed = DOUBLE * rows * cols * (circuits * arrays + min(circuits, cores()) * fields)
    what = f"{circuits} vectors of {rows} x {cols} cells"
    remedy = "Read fewer vectors at once, or use smaller tiles."
    check_memory("voltage", needed, what, remedy)


def _shape(conductance: Tensor, voltage: Tensor) -> tuple[int, ...]:
    """Shape of the node voltages."""
    cols = conductance.shape[-1]
    if conductance.dim() == 2:  # one array: its batches of vectors are just more vectors
        return (*voltage.shape, cols)
    return (*_batch(conductance, voltage), *voltage.shape[-2:], cols)


def _circuits(
    conductance: Tensor, voltage: Tensor, shape: tuple[int, ...], turn: list[int]
) -> tuple[Tensor, Tensor]:
    """Arrays and their vectors, turned, with one batch axis each."""
    *batch, vectors, rows, cols = shape
    if conductance.dim() == 2:
        conductance, voltage = conductance[None], voltage.reshape(1, -1, rows)
    else:
        conductance = conductance.expand(*batch, rows, cols).reshape(-1, rows, cols)
        voltage = voltage.expand(*batch, vectors, rows).flatten(0, -3)
    return flip(conductance, turn), flip(voltage, [-1] if -2 in turn else [])


def _batch(conductance: Tensor, voltage: Tensor) -> tuple[int, ...]:
    axes = conductance.shape[:-2], voltage.shape[:-2]
    try:
        return tuple(torch.broadcast_shapes(*axes))
    except RuntimeError:
        must = f"have batch axes that broadcast with those of `conductance`, {tuple(axes[0])}"
        raise argument_error("voltage", must, f"has batch axes {tuple(axes[1])}") from None
