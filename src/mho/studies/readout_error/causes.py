"""What each part of an array does to its currents when all others are perfect."""

from dataclasses import replace
from typing import Any

from torch import Tensor

from mho.crossbar import Cell1R, Crossbar, Ohmic

from .data import Part


def causes(array: Crossbar, part: Part) -> dict[str, Any]:
    """Mean squared errors by cause, in (10 uA)^2, and the current that each cell loses.

    Args:
        array: Wires and cells.
        part: What is read with them.
    """
    errors: dict[str, Any] = {
        name: replace(part, current=only.read(part.conductance, part.voltage).current).squared_error
        for name, only in _alone(array).items()
    }
    return errors | {"together": part.squared_error, "cell_loss": _cell_loss(array, part)}


def _alone(array: Crossbar) -> dict[str, Crossbar]:
    """The array with nothing but its wires, its transistors or its memristors left as they are."""
    cell = array.cell
    ideal = replace(
        array,
        row_resistance=0.0,
        column_resistance=0.0,
        driver_resistance=0.0,
        sense_resistance=0.0,
    )
    return {
        "wires": replace(array, cell=Cell1R()),
        "transistors": replace(ideal, cell=replace(cell, law=Ohmic())),  # type: ignore[type-var]
        "memristors": replace(ideal, cell=Cell1R(law=cell.law)),
    }


def _cell_loss(array: Crossbar, part: Part) -> Tensor:
    """Share of each cell's ideal current that is missing, over all readings: (rows, cols), 1."""
    readout = array.read(part.conductance, part.voltage)
    conductance = part.conductance[:, None]
    through = array.cell.current(conductance, readout.row_voltage, readout.column_voltage)
    ideal = conductance * part.voltage[..., None]
    return 1 - through.sum((0, 1)) / ideal.sum((0, 1))
