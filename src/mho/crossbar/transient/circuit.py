r"""The equations of an array whose wires store charge and flux: modified nodal analysis.

.. math:: M \dot y + K y + N i(y) = b

The unknowns y are the voltages of all nodes, ends of wires first, and then the currents of all
segments. At each node the currents sum to zero, but an end has the voltage of its driver or
amplifier instead; along each segment resistance and inductance use up the voltage.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from torch import Tensor

from mho.crossbar.cells import Cell
from mho.crossbar.spice.netlist import column_nodes, row_nodes
from mho.crossbar.wires import Wires

from .transient import parted

Vector = NDArray[np.float64]
Index = NDArray[np.intp]

Cells = Callable[[Vector, Vector], tuple[Vector, Vector, Vector]]
"""From the voltages of each cell's row node and column node, row by row: its current, and how that
rises with the one voltage and falls with the other."""


def cells_of(cell: Cell, conductance: Tensor) -> Cells:
    """All cells of an array.

    Args:
        cell: What joins the wires at each crossing.
        conductance: (rows, cols), S. Conductance of the memristors.
    """

    def linearised(row: Vector, column: Vector) -> tuple[Vector, Vector, Vector]:
        voltages = (torch.from_numpy(x).reshape(conductance.shape) for x in (row, column))
        current, rise, fall = (x.numpy().ravel() for x in cell.linearised(conductance, *voltages))
        return current, rise, fall

    return linearised


@dataclass(frozen=True)
class Circuit:
    """The matrices of the equations, and what leads to the answers.

    Args:
        storage: The matrix M: capacitances of the nodes, inductances of the segments.
        static: The matrix K: segments, and the ends that are held at a voltage.
        cells: The matrix N: which node the current of a cell leaves and which it enters.
        loops: Added to K, says what that leaves open: the current around a wire of 0 ohm with two
            drivers or amplifiers. It is what it was before any voltage came, nothing.
        row_node: Unknown that is the voltage of each cell's row node, row by row.
        column_node: Unknown that is the voltage of each cell's column node.
        sensed_segments: Cols by unknowns: which segments lead to a sense amplifier.
        sensed_cells: Cols by cells: which cells do, without a segment.
        weight: V per unit of each unknown. An ampere along a segment counts as the volts of a
            node that store the same energy.
    """

    storage: sp.csr_array
    static: sp.csr_array
    cells: sp.csr_array
    loops: sp.csr_array
    row_node: Index
    column_node: Index
    sensed_segments: sp.csr_array
    sensed_cells: sp.csr_array
    weight: Vector

    def source(self, voltage: Vector) -> Vector:
        """The right-hand side b.

        Args:
            voltage: V. Of the driver of each row.
        """
        source = np.zeros_like(self.weight)
        source[: len(voltage)] = voltage  # the ends of the rows are the first nodes
        return source

    def slope(self, rise: Vector, fall: Vector) -> sp.csr_array:
        """Derivative of what the cells add to the equations.

        Args:
            rise: S. How the current of each cell rises with its row's voltage.
            fall: S. How it falls with its column's.
        """
        cell = np.arange(len(self.row_node))
        places = np.r_[cell, cell], np.r_[self.row_node, self.column_node]
        shape = len(cell), len(self.weight)
        return self.cells @ sp.csr_array((np.r_[rise, -fall], places), shape)


def array_circuit(wires: Wires, capacitance: float, inductance: float) -> Circuit:
    """The circuit of an array.

    Args:
        wires: Resistance of every segment.
        capacitance: F. Of each node to ground.
        inductance: H. Of each segment.
    """
    rows, ends = len(wires.row), len(wires.row) + wires.column.shape[1]
    lines = _lines(wires, inductance)
    row_node, column_node = lines[0][:, 1:-1].ravel(), lines[1][:, 1:-1].T.ravel()
    nodes = 1 + max(int(line.max()) for line in lines)
    start, stop, resistance, wire = _segments(lines, wires)
    leaving, through = _incidence(start, stop, nodes), _incidence(row_node, column_node, nodes)
    held = (np.arange(nodes) < ends).astype(np.float64)
    free = sp.diags_array(1.0 - held)
    charge = capacitance * np.bincount(np.r_[row_node, column_node], minlength=nodes)
    flux = np.full(len(start), inductance)
    impedance = math.sqrt(inductance / capacitance) if inductance else 0.0
    no_voltage = sp.csr_array((ends - rows, nodes))
    no_cells = sp.csr_array((len(start), len(row_node)))
    static = [[sp.diags_array(held), free @ leaving], [-leaving.T, sp.diags_array(resistance)]]
    return Circuit(
        storage=sp.diags_array(np.r_[(1.0 - held) * charge, flux]).tocsr(),
        static=sp.block_array(static).tocsr(),
        cells=sp.vstack([free @ through, no_cells]).tocsr(),
        loops=_loops(wire, wires, nodes),
        row_node=row_node,
        column_node=column_node,
        sensed_segments=sp.hstack([no_voltage, -leaving[rows:ends]]).tocsr(),
        sensed_cells=-through[rows:ends],
        weight=np.r_[np.ones(nodes), np.full(len(start), impedance)],
    )


def _lines(wires: Wires, inductance: float) -> tuple[Index, Index]:
    """Nodes along each row and along each column, from end to end; the ends come first."""
    named = parted(wires, inductance)
    inner = row_nodes(named), column_nodes(named)
    ends = [f"row_{row}" for row in range(len(inner[0]))]
    ends += [f"col_{col}" for col in range(len(inner[1]))]
    names = [*ends, *(name for part in inner for wire in part for name in wire)]
    index = {name: number for number, name in enumerate(dict.fromkeys(names))}
    rows, columns = (np.array([[index[x] for x in wire] for wire in part]) for part in inner)
    left = np.arange(len(rows))[:, None]
    top = len(rows) + np.arange(len(columns))[:, None]
    return np.hstack([left, rows, left]), np.hstack([top, columns, top])


class _Segments(NamedTuple):
    """Segments that part two nodes."""

    start: Index
    stop: Index
    resistance: Vector
    wire: Index
    """End of the wire that each is of."""


def _segments(lines: tuple[Index, Index], wires: Wires) -> _Segments:
    parts = [(x[:, :-1], x[:, 1:], np.broadcast_to(x[:, :1], x[:, 1:].shape)) for x in lines]
    start, stop, wire = (np.concatenate(part, axis=None) for part in zip(*parts, strict=True))
    resistance = np.concatenate([wires.row, wires.column.T], axis=None)
    there = (start != stop) & np.isfinite(resistance)
    return _Segments(start[there], stop[there], resistance[there], wire[there])


def _incidence(start: Index, stop: Index, nodes: int) -> sp.csr_array:
    """Nodes by branches: 1 where a branch starts, -1 where it stops."""
    branch, one = np.arange(len(start)), np.ones(len(start))
    places = np.r_[start, stop], np.r_[branch, branch]
    return sp.csr_array((np.r_[one, -one], places), shape=(nodes, len(start)))


def _loops(wire: Index, wires: Wires, nodes: int) -> sp.csr_array:
    """One segment of each wire of 0 ohm between two ends gets the sum of its currents."""
    looped = np.r_[~wires.row.any(1), ~wires.column.any(0)]
    members = looped[wire].nonzero()[0]
    _, first, which = np.unique(wire[members], return_index=True, return_inverse=True)
    places = nodes + members[first[which]], nodes + members
    size = nodes + len(wire)
    return sp.csr_array((np.ones(len(members)), places), shape=(size, size))
