"""An array solved by ngspice, a circuit simulator that shares nothing with this library.

ngspice is a program of its own, the Debian package `ngspice`. It is a referee, not a solver to
work with: it takes far longer than `Crossbar.read`.
"""

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .crossbar import Crossbar
from .netlist import column_nodes, row_nodes
from .readout import Readout
from .transient import Transient, parted
from .wires import Wires

Answer = dict[str, NDArray[np.float64]]
"""Values of each variable by its name."""


def simulate(crossbar: Crossbar, conductance: Tensor, voltage: Tensor) -> Readout:
    """What ngspice says that `crossbar.read(conductance, voltage)` is.

    The power is what the drivers deliver; they are simulated as sources of voltage.

    Args:
        crossbar: Wires of the array.
        conductance: (rows, cols), S. Conductance of the cells.
        voltage: (vectors, rows), V. Voltages driving the rows, one vector at least.
    """
    answer = _run(crossbar.netlist(conductance, voltage))
    rows = range(len(conductance))
    kind = "v" if len(voltage) == 1 else "b"  # a driver that is swept is another kind of element
    wires = crossbar.wires(conductance)
    row_voltage, column_voltage = _node_voltages(answer, wires)
    driven = _gather(answer, [f"v(row_{row})" for row in rows])
    delivered = -_gather(answer, [f"i({kind}drive_{row})" for row in rows])
    return Readout(
        current=_currents(answer, wires),
        cell_voltage=row_voltage - column_voltage,
        row_voltage=row_voltage,
        column_voltage=column_voltage,
        power=(driven * delivered).sum(-1),
        converged=torch.ones(len(voltage), dtype=torch.bool),
    )


def simulate_transient(
    crossbar: Crossbar,
    conductance: Tensor,
    voltage: Tensor,
    time: Tensor,
    *,
    capacitance: float = 1e-15,
    inductance: float = 0.0,
) -> Transient:
    """What ngspice says that `crossbar.transient(...)` is.

    Args:
        crossbar: Wires of the array.
        conductance: (rows, cols), S. Conductance of the cells.
        voltage: (times, rows), V. Voltages driving the rows at each of the times.
        time: (times,), s. Increasing from 0.
        capacitance: F. Of each node of a row or column wire to ground.
        inductance: H. Of each segment of a wire, those to drivers and amplifiers included.
    """
    reactance = {"capacitance": capacitance, "inductance": inductance}
    answer = _run(crossbar.transient_netlist(conductance, voltage, time, **reactance))
    wires = parted(crossbar.wires(conductance), inductance)
    when = time.double().numpy()
    # ngspice stops where the voltages bend, so that hardly anything is interpolated.
    answer = {name: np.interp(when, answer["time"], values) for name, values in answer.items()}
    row_voltage, column_voltage = _node_voltages(answer, wires)
    return Transient(
        time=time.double(),
        current=_currents(answer, wires),
        cell_voltage=row_voltage - column_voltage,
        row_voltage=row_voltage,
        column_voltage=column_voltage,
    )


def _currents(answer: Answer, wires: Wires) -> Tensor:
    """Current into each column's sense amplifiers: (points, cols), A."""
    return _gather(answer, [f"i(vsense_{col})" for col in range(wires.column.shape[1])])


def _node_voltages(answer: Answer, wires: Wires) -> tuple[Tensor, Tensor]:
    """Voltages of the row and of the column nodes: (points, rows, cols), V."""
    rows, columns = row_nodes(wires), zip(*column_nodes(wires), strict=True)
    names = [[f"v({name})" for line in lines for name in line] for lines in (rows, columns)]
    on_row, on_column = (_gather(answer, x).unflatten(-1, (len(rows), -1)) for x in names)
    return on_row, on_column


def _gather(answer: Answer, names: list[str]) -> Tensor:
    return torch.from_numpy(np.stack([answer[name] for name in names], axis=-1))


def _run(netlist: str) -> Answer:
    """Every node voltage and source current by its name, one value for each vector or time."""
    program = shutil.which("ngspice")
    if program is None:
        raise FileNotFoundError(
            "ngspice was not found. Install it, on Debian by `apt-get install ngspice`."
        )
    with TemporaryDirectory(prefix="mho-") as folder:
        circuit, answer = Path(folder, "array.cir"), Path(folder, "array.raw")
        circuit.write_text(netlist, encoding="ascii")
        # -n leaves out the settings in the user's home, so that the answer depends on nothing else.
        command = [program, "-n", "-b", "-r", answer.name, circuit.name]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode or not answer.exists():
            log = "\n".join((done.stdout + done.stderr).splitlines()[-_LOG:])
            raise RuntimeError(f"ngspice failed, with exit code {done.returncode}. It said\n{log}")
        return _variables(answer.read_bytes())


def _variables(raw: bytes) -> Answer:
    """The variables of a raw file: a header of text, then all values of each point in turn."""
    header, _, body = raw.partition(b"Binary:\n")
    listed = header.decode("ascii").partition("Variables:\n")[2]
    names = [line.split()[1] for line in listed.splitlines()]
    values = np.frombuffer(body, dtype=np.float64).reshape(-1, len(names))
    return dict(zip(names, values.T, strict=True))


# Lines of ngspice's log that an error quotes.
_LOG = 20
