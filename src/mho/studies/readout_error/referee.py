"""What another circuit simulator says of the same arrays."""

import shutil

from mho.crossbar import Crossbar

from .data import Part

ARRAYS = 5
"""Arrays that the other simulator is asked about, with all vectors of the part."""


def spice_is_there() -> bool:
    """Whether ngspice is installed."""
    return shutil.which("ngspice") is not None


def spice_difference(array: Crossbar, part: Part) -> float:
    """Largest difference between a current and ngspice's, relative to it.

    Args:
        array: Wires and cells.
        part: What they read, noise-free.
    """
    from mho.crossbar.spice import simulate

    first = zip(part.conductance[:ARRAYS], part.voltage, part.current, strict=False)
    return max(
        float((current / simulate(array, conductance, voltage).current - 1).abs().max())
        for conductance, voltage, current in first
    )
