"""The circuit of an array as text for ngspice.

Nodes are named after their cell: `row_1_2` and `col_1_2` are the two ends of the cell in row 1 and
column 2, and `drain_1_2` lies between its memristor and its transistor. `row_1` is the driver of
row 1 and `col_2` the sense amplifier of column 2, at whichever ends they are. Nodes that 0 ohm ties
together are one.
"""

import math
from collections.abc import Iterable, Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from mho.crossbar.cells import Cell, Ohmic
from mho.crossbar.wires import Wires

from .elements import Element, Memristor, Resistor, Transistor
from .subcircuits import access_transistor, subcircuits


def row_nodes(wires: Wires) -> list[list[str]]:
    """Names of the nodes where cells meet their row wires: rows by cols.

    Args:
        wires: Resistance of every segment.
    """
    return [
        _nodes(f"row_{row}", [f"row_{row}_{col}" for col in range(len(segments) - 1)], segments)
        for row, segments in enumerate(wires.row.tolist())
    ]


def column_nodes(wires: Wires) -> list[list[str]]:
    """Names of the nodes where cells meet their column wires: cols by rows.

    Args:
        wires: Resistance of every segment.
    """
    return [
        _nodes(f"col_{col}", [f"col_{row}_{col}" for row in range(len(segments) - 1)], segments)
        for col, segments in enumerate(wires.column.T.tolist())
    ]


def netlist(conductance: Tensor, voltage: Tensor, wires: Wires, cell: Cell) -> str:
    """Netlist of an array and of the vectors that it reads.

    Args:
        conductance: (rows, cols), S. Conductance of the memristors.
        voltage: (vectors, rows), V. Voltages driving the rows, one vector at least.
        wires: Resistance of every segment, drivers and sense amplifiers included.
        cell: What joins the wires at each crossing.
    """
    rows, cols = conductance.shape
    sections = {
        "": [f"Crossbar of {rows} x {cols} cells; vectors of row voltages: {len(voltage)}"],
        "What the cells are made of": subcircuits(cell),
        **elements(conductance, wires, cell),
        "Columns are held at 0 V; their currents flow through these sources": senses(cols),
        "Drivers of the rows": _drivers(voltage),
        "Every vector is solved to the last digits": _analysis(len(voltage), cols),
    }
    return "".join(section(title, lines) for title, lines in sections.items())


def elements(conductance: Tensor, wires: Wires, cell: Cell) -> dict[str, Iterator[Element]]:
    """What an array consists of between its drivers and its sense amplifiers, by title.

    Args:
        conductance: (rows, cols), S. Conductance of the memristors.
        wires: Resistance of every segment, drivers and sense amplifiers included.
        cell: What joins the wires at each crossing.
    """
    rows, cols = conductance.shape
    row_ends = [f"row_{row}" for row in range(rows)]
    column_ends = [f"col_{col}" for col in range(cols)]
    return {
        "Row wires, from left to right": _wires(row_ends, row_nodes(wires), wires.row),
        "Column wires, downwards": _wires(column_ends, column_nodes(wires), wires.column.T),
        "Cells; one that conducts nothing is left out": cells(conductance, wires, cell),
    }


def _nodes(end: str, names: list[str], segments: list[float]) -> list[str]:
    """Nodes along a wire; what 0 ohm ties together has one name, that of the wire's end if it can.

    Both ends of a wire are the same node: two drivers of a row apply one voltage, and the currents
    of two sense amplifiers are added.
    """
    line = [end, *names, end]
    for i in range(1, len(line)):
        if segments[i - 1] == 0.0:
            line[i] = line[i - 1]
    if line[-1] != end:  # the last stretch of 0 ohm reaches the far end
        line = [end if name == line[-1] else name for name in line]
    return line[1:-1]


def section(title: str, lines: Iterable[object]) -> str:
    """Lines below a comment that says what they are; nothing if there are none.

    Args:
        title: What they are; the first line of a netlist has none.
        lines: Elements or commands.
    """
    text = "".join(f"{line}\n" for line in lines)
    return f"\n* {title}\n{text}" if title and text else text


def _wires(
    ends: list[str], nodes: list[list[str]], segments: NDArray[np.float64]
) -> Iterator[Resistor]:
    """Segments that have a resistance; an open one is no element, and one of 0 ohm no two nodes."""
    for end, names, resistances in zip(ends, nodes, segments.tolist(), strict=True):
        line = [end, *names, end]
        for i, resistance in enumerate(resistances):
            if 0.0 < resistance < math.inf:
                yield Resistor(f"{end}_wire_{i}", line[i], line[i + 1], resistance)


def cells(conductance: Tensor, wires: Wires, cell: Cell) -> Iterator[Element]:
    """Elements of all cells that conduct, row by row.

    Args:
        conductance: (rows, cols), S. Conductance of the memristors.
        wires: Resistance of every segment; those of 0 ohm make two nodes one.
        cell: What joins the wires at each crossing.
    """
    rows, cols = conductance.shape
    values, starts, ends = conductance.tolist(), row_nodes(wires), column_nodes(wires)
    gates, access = cell.parameters((rows, cols))[1].tolist(), access_transistor(cell)
    for row, col in product(range(rows), range(cols)):
        at, g, end = f"{row}_{col}", values[row][col], ends[col][row]
        if not g or math.isinf(1.0 / g):
            continue
        if access:
            yield Transistor(f"access_{at}", f"drain_{at}", end, gates[row][col])
            end = f"drain_{at}"
        if isinstance(cell.law, Ohmic):
            yield Resistor(f"cell_{at}", starts[row][col], end, 1.0 / g)
        else:
            yield Memristor(f"cell_{at}", starts[row][col], end, g)


def senses(cols: int) -> Iterator[str]:
    """Sources of 0 V that the currents of the columns flow through.

    Args:
        cols: Columns of the array.
    """
    for col in range(cols):
        yield f"Vsense_{col} col_{col} 0 DC 0"


def _drivers(voltage: Tensor) -> Iterator[str]:
    values = voltage.tolist()
    if len(values) == 1:
        for row, value in enumerate(values[0]):
            yield f"Vdrive_{row} row_{row} 0 DC {value!r}"
        return
    # A sweep over the number of the vector takes less time than altering sources one by one.
    yield "Vvector vector 0 DC 0"
    for row, series in enumerate(zip(*values, strict=True)):
        yield f"Bdrive_{row} row_{row} 0 V = pwl(V(vector),"
        for vector, value in enumerate(series):
            yield f"+ {vector}, {value!r}{')' if vector + 1 == len(series) else ','}"


def _analysis(vectors: int, cols: int) -> Iterator[str]:
    yield ".options reltol=1e-12 vntol=1e-15 abstol=1e-18"
    if vectors == 1:
        yield ".op"
    else:
        yield f".dc Vvector 0 {vectors - 1} 1"
        yield f".print dc {' '.join(f'I(Vsense_{col})' for col in range(cols))}"
    yield ".end"
