"""An array solved by ngspice, a circuit simulator that shares nothing with this library.

ngspice is a program of its own, the Debian package `ngspice`. It is a referee, not a solver to
work with: it takes far longer than `Crossbar.read`.
"""

import shutil

import numpy as np
from torch import Tensor

from mho.crossbar.crossbar import Crossbar
from mho.crossbar.readout import Readout
from mho.crossbar.transient.transient import Transient, parted

from .simulator import Answer, currents, node_voltages, readout, run


def simulate(crossbar: Crossbar, conductance: Tensor, voltage: Tensor) -> Readout:
    """What ngspice says that `crossbar.read(conductance, voltage)` is.

    The power is what the drivers deliver; they are simulated as sources of voltage.

    Args:
        crossbar: Wires and cells of the array.
        conductance: (rows, cols), S. Conductance of the memristors.
        voltage: (vectors, rows), V. Voltages driving the rows, one vector at least.
    """
    answer = _run(crossbar.netlist(conductance, voltage))
    kind = "v" if len(voltage) == 1 else "b"  # a driver that is swept is another kind of element
    drivers = [f"i({kind}drive_{row})" for row in range(len(conductance))]
    return readout(answer, crossbar.wires(conductance), drivers)


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
        crossbar: Wires and cells of the array.
        conductance: (rows, cols), S. Conductance of the memristors.
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
    row_voltage, column_voltage = node_voltages(answer, wires)
    return Transient(
        time=time.double(),
        current=currents(answer, wires),
        cell_voltage=row_voltage - column_voltage,
        row_voltage=row_voltage,
        column_voltage=column_voltage,
    )


def _run(netlist: str) -> Answer:
    program = shutil.which("ngspice")
    if program is None:
        raise FileNotFoundError(
            "ngspice was not found. Install it, on Debian by `apt-get install ngspice`."
        )
    # -n leaves out the settings in the user's home, so that the answer depends on nothing else.
    return run([program, "-n", "-b", "-r", "array.raw"], netlist, raw="array.raw")
