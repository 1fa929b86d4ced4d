"""The circuit of an array as text for ngspice.

Nodes are named after their cell: `row_1_2` and `col_1_2` are the two ends of the cell in row 1 and
column 2, `row_1` is the driven end of row 1 and `col_2` the sensed end of column 2. All nodes of an
ideal wire are its end.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from torch import Tensor


@dataclass(frozen=True)
class Resistor:
    """An element of the circuit; printing it gives its line.

    Args:
        name: Name that no other resistor has.
        start: Node at one end.
        end: Node at the other end.
        resistance: Ohm. Between the two.
    """

    name: str
    start: str
    end: str
    resistance: float

    def __str__(self) -> str:
        return f"R{self.name} {self.start} {self.end} {self.resistance!r}"


def row_node(row: int, col: int, resistance: float) -> str:
    """Node where a cell meets its row wire.

    Args:
        row: Row of the cell.
        col: Column of the cell.
        resistance: Ohm. Of a segment of the row wire.
    """
    return f"row_{row}_{col}" if resistance else f"row_{row}"


def column_node(row: int, col: int, resistance: float) -> str:
    """Node where a cell meets its column wire.

    Args:
        row: Row of the cell.
        col: Column of the cell.
        resistance: Ohm. Of a segment of the column wire.
    """
    return f"col_{row}_{col}" if resistance else f"col_{col}"


def netlist(
    conductance: Tensor, voltage: Tensor, row_resistance: float, column_resistance: float
) -> str:
    """Netlist of an array and of the vectors that it reads.

    Args:
        conductance: (rows, cols), S. Conductance of the cells.
        voltage: (vectors, rows), V. Voltages driving the rows, one vector at least.
        row_resistance: Ohm. Of a segment of a row wire.
        column_resistance: Ohm. Of a segment of a column wire.
    """
    rows, cols = conductance.shape
    wires = row_resistance, column_resistance
    sections = {
        "": [f"Crossbar of {rows} x {cols} cells; vectors of row voltages: {len(voltage)}"],
        "Row wires, from the driven end to the right": _row_wires(rows, cols, row_resistance),
        "Column wires, down to the sensed end": _column_wires(rows, cols, column_resistance),
        "Cells; one that conducts nothing is left out": _cells(conductance, *wires),
        "Columns are held at 0 V; their currents flow through these sources": _senses(cols),
        "Drivers of the rows": _drivers(voltage),
        "Every vector is solved to the last digits": _analysis(len(voltage), cols),
    }
    return "".join(_section(title, lines) for title, lines in sections.items())


def _section(title: str, lines: Iterable[object]) -> str:
    text = "".join(f"{line}\n" for line in lines)
    return f"\n* {title}\n{text}" if title and text else text


def _row_wires(rows: int, cols: int, resistance: float) -> Iterator[Resistor]:
    if resistance:
        for row in range(rows):
            start = f"row_{row}"
            for col in range(cols):
                end = row_node(row, col, resistance)
                yield Resistor(end, start, end, resistance)
                start = end


def _column_wires(rows: int, cols: int, resistance: float) -> Iterator[Resistor]:
    if resistance:
        for col in range(cols):
            end = f"col_{col}"
            for row in reversed(range(rows)):
                start = column_node(row, col, resistance)
                yield Resistor(start, start, end, resistance)
                end = start


def _cells(
    conductance: Tensor, row_resistance: float, column_resistance: float
) -> Iterator[Resistor]:
    values = conductance.tolist()
    for row, col in product(*map(range, conductance.shape)):
        resistance = 1.0 / values[row][col] if values[row][col] else math.inf
        if resistance < math.inf:
            start = row_node(row, col, row_resistance)
            end = column_node(row, col, column_resistance)
            yield Resistor(f"cell_{row}_{col}", start, end, resistance)


def _senses(cols: int) -> Iterator[str]:
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
