"""What an array answers over time to voltages that change."""

import math
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from mho.core.check import argument_error, check_finite, check_number, check_shape
from mho.crossbar.wires import Wires


@dataclass(frozen=True)
class Transient:
    """What an array answers, over time, to voltages on its rows that change.

    Args:
        time: (times,), s. When the answers are those below.
        current: (times, cols), A. Into each column's sense amplifier, or both of them.
        cell_voltage: (times, rows, cols), V. Across each cell.
        row_voltage: (times, rows, cols), V. At each node of the row wires.
        column_voltage: (times, rows, cols), V. At each node of the column wires.
    """

    time: Tensor
    current: Tensor
    cell_voltage: Tensor
    row_voltage: Tensor
    column_voltage: Tensor


def check_waveform(voltage: Tensor, time: Tensor, rows: int) -> None:
    """Refuse voltages over time that no array of `rows` rows can take.

    Args:
        voltage: (times, rows), V. Voltages driving the rows.
        time: (times,), s. When they are reached.
        rows: Rows of the array.
    """
    check_shape("time", time, "(times,)")
    if len(time) < 2:
        raise argument_error("time", "have at least two times", f"has shape {tuple(time.shape)}")
    check_finite("time", time)
    if time[0] != 0.0:
        raise argument_error("time", "start at 0 s", f"starts at {time[0].item():.6g} s")
    late = (time.diff() <= 0).nonzero()
    if len(late):
        before, after = time[late[0, 0] :][:2].tolist()
        but = f"is {after:.6g} s at index {late[0, 0] + 1}, after {before:.6g} s"
        remedy = "Give a jump of a voltage the time that it takes."
        raise argument_error("time", "increase", but, remedy)
    check_shape("voltage", voltage, "(times, rows)", times=len(time), rows=rows)
    check_finite("voltage", voltage)


def check_reactance(capacitance: float, inductance: float) -> None:
    """Refuse a capacitance and an inductance that no wire can have.

    Args:
        capacitance: F. Of each node to ground.
        inductance: H. Of each segment.
    """
    for name, value in (("capacitance", capacitance), ("inductance", inductance)):
        check_number(name, value, low=0.0)
        if math.isinf(value):
            raise argument_error(name, "be finite", "is inf")
    if inductance and not capacitance:
        but = "is 0 F although segments have an inductance"
        remedy = "Such wires would pass on any change at once; 1e-18 F is next to nothing."
        raise argument_error("capacitance", "be greater than 0", but, remedy)


def parted(wires: Wires, inductance: float) -> Wires:
    """Wires with the same nodes, of which no two are tied together if segments have an inductance.

    Args:
        wires: Resistance of every segment.
        inductance: H. Of each segment.
    """
    if not inductance:
        return wires
    return Wires(*(np.where(part, part, 1.0) for part in (wires.row, wires.column)))
