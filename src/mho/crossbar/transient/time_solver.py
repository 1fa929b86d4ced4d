"""An array with storing wires, solved over time."""

import math

import numpy as np
import torch
from torch import Tensor

from .circuit import Cells, Circuit
from .stages import Stages
from .tr_bdf2 import Course, Tolerance
from .transient import Transient


def array_over_time(
    circuit: Circuit, cells: Cells, voltage: Tensor, time: Tensor, tolerance: float
) -> Transient:
    """What an array answers at each time.

    Args:
        circuit: Equations of the array.
        cells: Current of its cells.
        voltage: (times, rows), V. Voltages driving the rows, straight lines between the times.
        time: (times,), s. Increasing from 0.
        tolerance: Error of a step: of voltages relative to the largest that drives the array, of
            currents relative to what that would make of the cells of a column.
    """
    drive, when = voltage.detach().double().numpy(), time.detach().double().numpy()
    count, shape = len(circuit.row_node), (-1, circuit.sensed_cells.shape[0])
    volts = np.abs(drive).max() or 1.0
    largest, *_ = cells(*(x * np.ones(count) for x in (volts, 0.0)))
    of_column = largest.reshape(shape).sum(0).max() or math.inf
    accuracy = max(_CELL_SHARE * tolerance, _ROUNDING) * largest.max()
    stages = Stages(circuit, cells, accuracy)
    course = Course(
        circuit, stages, Tolerance(volts=tolerance * volts, amperes=tolerance * of_column)
    )
    answers = [
        (stages.sensed(x), x[circuit.row_node], x[circuit.column_node])
        for x in course.follow(when, drive)
    ]
    current, row, column = (torch.from_numpy(np.stack(x)) for x in zip(*answers, strict=True))
    row_voltage, column_voltage = (x.unflatten(-1, shape) for x in (row, column))
    return Transient(
        time=time.double(),
        current=current,
        cell_voltage=row_voltage - column_voltage,
        row_voltage=row_voltage,
        column_voltage=column_voltage,
    )


# What Newton's method leaves of the error that a step may have.
_CELL_SHARE = 1e-3

# Relative error of a current that is as good as none.
_ROUNDING = 1e-14
