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


def simulate(crossbar: Crossbar, conductance: Tensor, voltage: Tensor) -> Readout:
    """What ngspice says that `crossbar.read(conductance, voltage)` is.

    The power is what the drivers deliver; they are simulated as sources of voltage.

    Args:
        crossbar: Wires of the array.
        conductance: (rows, cols), S. Conductance of the cells.
        voltage: (vectors, rows), V. Voltages driving the rows, one vector at least.
    """
    answer = _run(crossbar.netlist(conductance, voltage))
    (rows, cols), vectors = conductance.shape, len(voltage)
    kind = "v" if vectors == 1 else "b"  # a driver that is swept is another kind of element

    def gather(names: list[str], *shape: int) -> Tensor:
        values = np.stack([answer[name] for name in names], axis=-1)
        return torch.from_numpy(values).reshape(vectors, *shape)

    def nodes(names: list[str]) -> Tensor:
        return gather([f"v({name})" for name in names], rows, cols)

    wires = crossbar.wires(conductance)
    row_voltage = nodes([name for names in row_nodes(wires) for name in names])
    column_voltage = nodes(
        [name for names in zip(*column_nodes(wires), strict=True) for name in names]
    )
    driven = gather([f"v(row_{row})" for row in range(rows)], rows)
    delivered = -gather([f"i({kind}drive_{row})" for row in range(rows)], rows)
    return Readout(
        current=gather([f"i(vsense_{col})" for col in range(cols)], cols),
        cell_voltage=row_voltage - column_voltage,
        row_voltage=row_voltage,
        column_voltage=column_voltage,
        power=(driven * delivered).sum(-1),
        converged=torch.ones(vectors, dtype=torch.bool),
    )


def _run(netlist: str) -> dict[str, NDArray[np.float64]]:
    """Every node voltage and source current by its name, one value for each vector."""
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


def _variables(raw: bytes) -> dict[str, NDArray[np.float64]]:
    """The variables of a raw file: a header of text, then all values of each point in turn."""
    header, _, body = raw.partition(b"Binary:\n")
    listed = header.decode("ascii").partition("Variables:\n")[2]
    names = [line.split()[1] for line in listed.splitlines()]
    values = np.frombuffer(body, dtype=np.float64).reshape(-1, len(names))
    return dict(zip(names, values.T, strict=True))


# Lines of ngspice's log that an error quotes.
_LOG = 20
