"""An array of cells between resistive wires, and what it makes of voltages.

Each cell joins a node of its row wire to a node of its column wire. Row r is driven at its left
end, and column c is held at 0 V at its lower end, where its current is sensed. Between
neighbouring nodes, and between the ends and their nearest nodes, lies one segment of wire::

    voltage[0] ──Rrow──┬──────────Rrow──┬
                       └─G[0,0]─┐       └─G[0,1]─┐
                               Rcol             Rcol
    voltage[1] ──Rrow──┬────────│─Rrow──┬        │
                       └─G[1,0]─┤       └─G[1,1]─┤
                               Rcol             Rcol
                                │                │
                            current[0]       current[1]
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core.check import (
    argument_error,
    check_conductance,
    check_number,
    check_shape,
    check_voltage,
)


@dataclass(frozen=True)
class Readout:
    """What an array answers to voltages on its rows.

    Args:
        current: (..., vectors, cols), A. Into each column's sense amplifier.
        cell_voltage: (..., vectors, rows, cols), V. What the wires leave across each cell.
        row_voltage: (..., vectors, rows, cols), V. At each node of the row wires.
        column_voltage: (..., vectors, rows, cols), V. At each node of the column wires.
        power: (..., vectors), W. Dissipated in wires and cells.
    """

    current: Tensor
    cell_voltage: Tensor
    row_voltage: Tensor
    column_voltage: Tensor
    power: Tensor


@dataclass(frozen=True, kw_only=True)
class Crossbar:
    """Array of ohmic cells between row and column wires.

    Args:
        row_resistance: Ohm. Of a row wire from one cell to the next, and from driver to first.
        column_resistance: Ohm. Of a column wire from one cell to the next, and from last to sense.
    """

    row_resistance: float = 1.0
    column_resistance: float = 1.0

    def __post_init__(self) -> None:
        for name in ("row_resistance", "column_resistance"):
            check_number(name, getattr(self, name), low=0.0)
            if math.isinf(getattr(self, name)):
                raise argument_error(name, "be finite", "is inf")

    @classmethod
    def ideal(cls) -> "Crossbar":
        """A crossbar whose wires lose nothing: the current is `voltage @ conductance`."""
        return cls(row_resistance=0.0, column_resistance=0.0)

    def read(self, conductance: Tensor, voltage: Tensor) -> Readout:
        """Currents and voltages everywhere in the array, for given voltages on its rows.

        Shapes and batch axes are those of `voltage @ conductance`. The answer is differentiable
        in both arguments.

        Args:
            conductance: (..., rows, cols), S. Conductance of the cells.
            voltage: (..., vectors, rows), V. Voltages driving the rows.
        """
        _check_cells(conductance)
        check_voltage(voltage, rows=conductance.shape[-2])
        conductance, voltage = conductance.double(), voltage.double()
        across = self._cell_voltage(conductance, voltage)
        through = conductance[..., None, :, :] * across
        row_current = _from_the_end(through, -1)
        column_current = through.cumsum(-2)
        row_loss = self.row_resistance * row_current
        column_loss = self.column_resistance * column_current
        power = through * across + row_current * row_loss + column_current * column_loss
        return Readout(
            current=column_current[..., -1, :],
            cell_voltage=across,
            row_voltage=voltage[..., None] - row_loss.cumsum(-1),
            column_voltage=_from_the_end(column_loss, -2),
            power=power.sum((-2, -1)),
        )

    def effective_conductance(self, conductance: Tensor) -> Tensor:
        """The matrix that the array multiplies by: (..., rows, cols), S.

        `voltage @ crossbar.effective_conductance(conductance)` is the current of `read`. The
        matrix costs more than one vector's `read` and less than a hundred's; it is differentiable.

        Args:
            conductance: (..., rows, cols), S. Conductance of the cells.
        """
        from .effective import transfer_conductance

        _check_cells(conductance)
        arrays = conductance.double().reshape(-1, *conductance.shape[-2:])
        matrix = transfer_conductance(arrays, self.row_resistance, self.column_resistance)
        return matrix.reshape(conductance.shape)

    def netlist(self, conductance: Tensor, voltage: Tensor) -> str:
        """The circuit of one array as text for ngspice, which solves it by `ngspice -b FILE`.

        Several vectors are one sweep over the number of the vector.

        Args:
            conductance: (rows, cols), S. Conductance of the cells.
            voltage: (vectors, rows), V. Voltages driving the rows, one vector at least.
        """
        from .netlist import netlist

        check_shape("conductance", conductance, "(rows, cols)")
        _check_cells(conductance)
        check_shape("voltage", voltage, "(vectors, rows)", rows=conductance.shape[0])
        check_voltage(voltage, rows=conductance.shape[0])
        if not len(voltage):
            but = f"has shape {tuple(voltage.shape)}"
            raise argument_error("voltage", "have at least one vector", but)
        wires = self.row_resistance, self.column_resistance
        return netlist(conductance.double(), voltage.double(), *wires)

    def _cell_voltage(self, conductance: Tensor, voltage: Tensor) -> Tensor:
        from .node_solver import CellVoltage

        rows, cols = conductance.shape[-2:]
        if conductance.dim() == 2:  # one array: its batches of vectors are just more vectors
            shape = (*voltage.shape, cols)
            conductance, voltage = conductance[None], voltage.reshape(1, -1, rows)
        else:
            batch = _batch(conductance, voltage)
            shape = (*batch, *voltage.shape[-2:], cols)
            conductance = conductance.expand(*batch, rows, cols).reshape(-1, rows, cols)
            voltage = voltage.expand(*batch, *voltage.shape[-2:]).flatten(0, -3)
        undisturbed = voltage.new_zeros(*voltage.shape, cols)
        resistance = self.row_resistance, self.column_resistance
        solution: Tensor = CellVoltage.apply(conductance, voltage, undisturbed, resistance)
        return solution.reshape(shape)


def _check_cells(conductance: Tensor) -> None:
    check_conductance(conductance)
    if 0 in conductance.shape[-2:]:
        but = f"has shape {tuple(conductance.shape)}"
        raise argument_error("conductance", "have at least one row and one column", but)


def _batch(conductance: Tensor, voltage: Tensor) -> tuple[int, ...]:
    axes = conductance.shape[:-2], voltage.shape[:-2]
    try:
        return tuple(torch.broadcast_shapes(*axes))
    except RuntimeError:
        must = f"have batch axes that broadcast with those of `conductance`, {tuple(axes[0])}"
        raise argument_error("voltage", must, f"has batch axes {tuple(axes[1])}") from None


def _from_the_end(tensor: Tensor, dim: int) -> Tensor:
    return tensor.flip(dim).cumsum(dim).flip(dim)
