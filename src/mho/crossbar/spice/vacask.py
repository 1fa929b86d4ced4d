"""An array solved by VACASK, a second circuit simulator, with cells in Verilog-A.

VACASK is a program of its own, under the GPL; `pip install mho[vacask]` brings it. A netlist
carries the Verilog-A of its cells, which VACASK compiles. Like ngspice, it is a referee.
"""

import os
import shutil
import sysconfig
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from torch import Tensor

from mho.crossbar.cells import Cell
from mho.crossbar.crossbar import Crossbar, check_array
from mho.crossbar.readout import Readout

from .elements import Element, Memristor, Resistor, Transistor
from .netlist import elements
from .simulator import readout, run
from .subcircuits import access_transistor


def netlist(crossbar: Crossbar, conductance: Tensor, voltage: Tensor) -> str:
    """The circuit of one array as text for VACASK, which solves it by `vacask FILE`.

    Nodes are named as in the netlist for ngspice. The vectors are one sweep over their number.

    Args:
        crossbar: Wires and cells of the array.
        conductance: (rows, cols), S. Conductance of the memristors.
        voltage: (vectors, rows), V. Voltages driving the rows, one vector at least.
    """
    check_array(conductance, voltage)
    (rows, cols), wires = conductance.shape, crossbar.wires(conductance)
    array = elements(conductance.double(), wires, crossbar.cell)
    sections = {
        "What the elements are": _models(crossbar.cell),
        **{title: map(_line, lines) for title, lines in array.items()},
        "Columns are held at 0 V; their currents flow through these sources": _senses(cols),
        "Drivers of the rows": _drivers(voltage.double()),
        "Every vector is solved to the last digits": _analysis(len(voltage)),
    }
    text = f"Crossbar of {rows} x {cols} cells; vectors of row voltages: {len(voltage)}\n"
    for title, lines in sections.items():
        text += "".join(f"{line}\n" for line in (f"\n// {title}", *lines))
    return text


def simulate(crossbar: Crossbar, conductance: Tensor, voltage: Tensor) -> Readout:
    """What VACASK says that `crossbar.read(conductance, voltage)` is.

    The power is what the drivers deliver.

    Args:
        crossbar: Wires and cells of the array.
        conductance: (rows, cols), S. Conductance of the memristors.
        voltage: (vectors, rows), V. Voltages driving the rows, one vector at least.
    """
    circuit = netlist(crossbar, conductance, voltage)
    found = run([_program(), "--quiet-progress", "--skip-postprocess"], circuit, raw="array.raw")
    answer = {_as_in_ngspice(name): values for name, values in found.items()}
    drivers = [f"i(vdrive_{row})" for row in range(len(conductance))]
    return readout(answer, crossbar.wires(conductance), drivers)


def _program() -> str:
    # The environment that this runs in need not be an activated one.
    places = [sysconfig.get_path("scripts"), os.environ.get("PATH", "")]
    program = shutil.which("vacask", path=os.pathsep.join(places))
    if program is None:
        raise FileNotFoundError("VACASK was not found. Install it by `pip install mho[vacask]`.")
    return program


def _as_in_ngspice(name: str) -> str:
    node, _, flow = name.partition(":")
    return f"i({node})" if flow else f"v({node})"


def _models(cell: Cell) -> Iterator[str]:
    yield "ground 0"
    yield 'load "resistor.osdi"'
    yield "model resistor resistor"
    yield "model vsource vsource"
    if not cell.ohmic:
        yield from _compiled(cell)


def _compiled(cell: Cell) -> Iterator[str]:
    yield 'embed "cells.va" <<<FILE'
    yield Path(__file__).with_name("vacask_cells.va").read_text(encoding="ascii").rstrip("\n")
    yield ">>>FILE"
    yield 'load "cells.va"'
    k, s, c = cell.law.coefficients
    yield f"model memristor memristor k={k!r} s={s!r} c={c!r}"
    if access := access_transistor(cell):
        settings = {**asdict(access), "thermal_voltage": access.thermal_voltage}
        del settings["temperature"]
        given = " ".join(f"{name}={value!r}" for name, value in settings.items())
        yield f"model transistor transistor {given}"


def _line(element: Element) -> str:
    match element:
        case Resistor(name, start, end, resistance):
            return f"{name} ({start} {end}) resistor r={resistance!r}"
        case Memristor(name, start, end, conductance):
            return f"{name} ({start} {end}) memristor g={conductance!r}"
        case Transistor(name, drain, source, gate_voltage):
            return f"{name} ({drain} {source}) transistor gate={gate_voltage!r}"


def _senses(cols: int) -> Iterator[str]:
    for col in range(cols):
        yield f"vsense_{col} (col_{col} 0) vsource dc=0"


def _drivers(voltage: Tensor) -> Iterator[str]:
    yield "parameters vector=0"
    for row, values in enumerate(voltage.T.tolist()):
        yield f"vdrive_{row} (row_{row} 0) vsource dc={values!r}[vector]"


def _analysis(vectors: int) -> Iterator[str]:
    yield "control"
    yield "  abort always"
    # Where a segment has little resistance, rounding alone leaves currents that do not add up to 0
    # within any tolerance; that the voltages have settled is enough, as it is for ngspice.
    yield '  options rawfile="binary" reltol=1e-12 vntol=1e-15 abstol=1e-18 nr_residualcheck=0'
    yield f'  sweep vector instance="__topinst__" parameter="vector" values={list(range(vectors))}'
    yield "    analysis array op"
    yield "endc"
