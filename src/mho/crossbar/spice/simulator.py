"""Circuit simulators: programs of their own, which read a netlist and write a raw file."""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mho.crossbar.readout import Readout
from mho.crossbar.wires import Wires

from .netlist import column_nodes, row_nodes

Answer = dict[str, NDArray[np.float64]]
"""Voltage of each node and current of each source, one value for each vector or time."""


def run(command: list[str], netlist: str, *, raw: str) -> Answer:
    """What a simulator finds, by the names that it gives.

    Args:
        command: Program and its options; the name of the netlist is added.
        netlist: The circuit.
        raw: Name of the file that the answer will be in.
    """
    with TemporaryDirectory(prefix="mho-") as folder:
        circuit, answer = Path(folder, "array.cir"), Path(folder, raw)
        circuit.write_text(netlist, encoding="ascii")
        command = [*command, circuit.name]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode or not answer.exists():
            log = "\n".join((done.stdout + done.stderr).splitlines()[-_LOG:])
            program = Path(command[0]).name
            raise RuntimeError(
                f"{program} failed, with exit code {done.returncode}. It said\n{log}"
            )
        return _variables(answer.read_bytes())


def readout(answer: Answer, wires: Wires, drivers: list[str]) -> Readout:
    """Currents and voltages everywhere in an array that a simulator has solved.

    Args:
        answer: With the names that ngspice gives.
        wires: Resistance of every segment.
        drivers: Name of the current that each driver takes in.
    """
    driven = _gather(answer, [f"v(row_{row})" for row in range(len(drivers))])
    row_voltage, column_voltage = node_voltages(answer, wires)
    return Readout(
        current=currents(answer, wires),
        cell_voltage=row_voltage - column_voltage,
        row_voltage=row_voltage,
        column_voltage=column_voltage,
        power=-(driven * _gather(answer, drivers)).sum(-1),
        converged=torch.ones(len(driven), dtype=torch.bool),
    )


def currents(answer: Answer, wires: Wires) -> Tensor:
    """Current into each column's sense amplifiers: (points, cols), A.

    Args:
        answer: With the names that ngspice gives.
        wires: Resistance of every segment.
    """
    return _gather(answer, [f"i(vsense_{col})" for col in range(wires.column.shape[1])])


def node_voltages(answer: Answer, wires: Wires) -> tuple[Tensor, Tensor]:
    """Voltages of the row and of the column nodes: (points, rows, cols), V.

    Args:
        answer: With the names that ngspice gives.
        wires: Resistance of every segment.
    """
    rows, columns = row_nodes(wires), zip(*column_nodes(wires), strict=True)
    names = [[f"v({name})" for line in lines for name in line] for lines in (rows, columns)]
    on_row, on_column = (_gather(answer, x).unflatten(-1, (len(rows), -1)) for x in names)
    return on_row, on_column


def _gather(answer: Answer, names: list[str]) -> Tensor:
    return torch.from_numpy(np.stack([answer[name] for name in names], axis=-1))


def _variables(raw: bytes) -> Answer:
    """The variables of a raw file: a header of text, then all values of each point in turn."""
    header, _, body = raw.partition(b"Binary:\n")
    listed = header.decode("ascii").partition("Variables:\n")[2]
    names = [line.split()[1] for line in listed.splitlines()]
    values = np.frombuffer(body, dtype=np.float64).reshape(-1, len(names))
    return dict(zip(names, values.T, strict=True))


# Lines of a simulator's log that an error quotes.
_LOG = 20
