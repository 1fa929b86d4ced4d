"""The circuit of an array over time as text for ngspice.

Nodes are named as in the circuit at rest. Between the resistance and the inductance of segment 0 of
row 1 lies the node `row_1_wire_0`.
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from mho.crossbar.cells import Cell
from mho.crossbar.transient.transient import parted
from mho.crossbar.wires import Wires

from .netlist import Resistor, cells, column_nodes, row_nodes, section, senses
from .subcircuits import subcircuits


def transient_netlist(
    conductance: Tensor,
    voltage: Tensor,
    time: Tensor,
    wires: Wires,
    reactance: tuple[float, float],
    *,
    cell: Cell,
) -> str:
    """Netlist of an array with storing wires and of the voltages that drive it.

    Args:
        conductance: (rows, cols), S. Conductance of the memristors.
        voltage: (times, rows), V. Voltages driving the rows at each of the times.
        time: (times,), s. Increasing from 0.
        wires: Resistance of every segment, drivers and sense amplifiers included.
        reactance: F and H. Capacitance of each node and inductance of each segment.
        cell: What joins the wires at each crossing.
    """
    capacitance, inductance = reactance
    (rows, cols), named = conductance.shape, parted(wires, inductance)
    row_names, column_names = row_nodes(named), column_nodes(named)
    row_ends = [f"row_{row}" for row in range(rows)]
    column_ends = [f"col_{col}" for col in range(cols)]
    nodes = [name for names in (*row_names, *column_names) for name in names]
    columns = _segments(column_ends, column_names, wires.column.T, inductance)
    sections = {
        "": [f"Crossbar of {rows} x {cols} cells; row voltages at {len(time)} times"],
        "What the cells are made of": subcircuits(cell),
        "Row wires, from left to right": _segments(row_ends, row_names, wires.row, inductance),
        "Column wires, downwards": columns,
        "Every node to ground": _capacitors(nodes, capacitance),
        "Cells; one that conducts nothing is left out": cells(conductance, named, cell),
        "Columns are held at 0 V; their currents flow through these sources": senses(cols),
        "Drivers of the rows": _drivers(voltage, time),
        "A damped method of second order, in steps that are small throughout": _analysis(time),
    }
    return "".join(section(title, lines) for title, lines in sections.items())


def _segments(
    ends: list[str], nodes: list[list[str]], segments: NDArray[np.float64], inductance: float
) -> Iterator[Resistor | str]:
    for end, names, resistances in zip(ends, nodes, segments.tolist(), strict=True):
        line = [end, *names, end]
        for i, resistance in enumerate(resistances):
            name, start = f"{end}_wire_{i}", line[i]
            if math.isinf(resistance):
                continue
            if resistance:
                stop = name if inductance else line[i + 1]
                yield Resistor(name, start, stop, resistance)
                start = stop
            if inductance:
                yield f"L{name} {start} {line[i + 1]} {inductance!r}"


def _capacitors(nodes: list[str], capacitance: float) -> Iterator[str]:
    if capacitance:
        for number, node in enumerate(nodes):
            yield f"C{number} {node} 0 {capacitance!r}"


def _drivers(voltage: Tensor, time: Tensor) -> Iterator[str]:
    for row, values in enumerate(voltage.T.tolist()):
        yield f"Vdrive_{row} row_{row} 0 PWL("
        for when, value in zip(time.tolist(), values, strict=True):
            yield f"+ {when!r} {value!r}"
        yield "+ )"


def _analysis(time: Tensor) -> Iterator[str]:
    end, shortest = time[-1].item(), time.diff().min().item()
    yield ".options reltol=1e-6 vntol=1e-9 abstol=1e-12 chgtol=1e-18 trtol=1 method=gear"
    yield f".tran {shortest!r} {end!r} 0 {end / _STEPS!r}"
    yield ".end"


# Least number of steps over the whole time.
_STEPS = 1000
