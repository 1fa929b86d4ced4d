"""An array solved by ngspice, a circuit simulator that shares nothing with this library.

ngspice is a program of its own, the Debian package `ngspice`. It is a referee, not a solver to
work with: it takes far longer than `Crossbar.read`.
"""

import shutil

from torch import Tensor

from .crossbar import Crossbar
from .readout import Readout
from .simulator import readout, run


def simulate(crossbar: Crossbar, conductance: Tensor, voltage: Tensor) -> Readout:
    """What ngspice says that `crossbar.read(conductance, voltage)` is.

    The power is what the drivers deliver; they are simulated as sources of voltage.

    Args:
        crossbar: Wires and cells of the array.
        conductance: (rows, cols), S. Conductance of the memristors.
        voltage: (vectors, rows), V. Voltages driving the rows, one vector at least.
    """
    netlist = crossbar.netlist(conductance, voltage)
    # -n leaves out the settings in the user's home, so that the answer depends on nothing else.
    answer = run([_program(), "-n", "-b", "-r", _RAW], netlist, raw=_RAW)
    kind = "v" if len(voltage) == 1 else "b"  # a driver that is swept is another kind of element
    drivers = [f"i({kind}drive_{row})" for row in range(len(conductance))]
    return readout(answer, crossbar.wires(conductance), drivers)


def _program() -> str:
    program = shutil.which("ngspice")
    if program is None:
        raise FileNotFoundError(
            "ngspice was not found. Install it, on Debian by `apt-get install ngspice`."
        )
    return program


_RAW = "array.raw"
