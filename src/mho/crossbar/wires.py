"""The wires of an array, segment by segment.

A wire with n nodes has n + 1 segments: one between any two neighbouring nodes and one from each
end node to what may be connected there. Where nothing is, that segment is open, infinite ohm.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mho.core.check import argument_error

Resistance = float | tuple[float, ...] | tuple[tuple[float, ...], ...]
"""Ohm. Of every segment, of each segment of every wire, or of each segment of each wire."""


@dataclass(frozen=True, kw_only=True)
class Driven:
    """Ends of the rows that have a driver; with two, both apply the same voltage.

    Args:
        left: Whether the left ends have one.
        right: Whether the right ends have one.
    """

    left: bool = True
    right: bool = False

    def __post_init__(self) -> None:
        if not (self.left or self.right):
            raise argument_error("left", "be true", "neither it nor `right` is")


@dataclass(frozen=True, kw_only=True)
class Sensed:
    """Ends of the columns that have a sense amplifier; the currents of two are added.

    Args:
        bottom: Whether the lower ends have one.
        top: Whether the upper ends have one.
    """

    bottom: bool = True
    top: bool = False

    def __post_init__(self) -> None:
        if not (self.bottom or self.top):
            raise argument_error("bottom", "be true", "neither it nor `top` is")


@dataclass(frozen=True)
class Wires:
    """Resistance of every segment of an array, in ohm.

    Args:
        row: Rows by cols + 1 values, from left to right.
        column: Rows + 1 by cols values, from top to bottom.
    """

    row: NDArray[np.float64]
    column: NDArray[np.float64]

    def flip(self, axes: list[int]) -> "Wires":
        """The same wires seen from another corner.

        Args:
            axes: -1 to swap left and right, -2 to swap top and bottom.
        """
        return Wires(np.flip(self.row, tuple(axes)), np.flip(self.column, tuple(axes)))


def row_segments(
    resistance: Resistance, ends: tuple[bool, bool], shape: tuple[int, int], driver: float
) -> NDArray[np.float64]:
    """Rows by cols + 1 resistances in ohm; those at ends that are not driven are infinite.

    Args:
        resistance: Ohm. Of the segments that there are.
        ends: Whether there is a driver on the left and on the right.
        shape: Rows and columns of the array.
        driver: Ohm. In series with each driver.
    """
    rows, cols = shape
    values = np.asarray(resistance, dtype=np.float64)
    count = cols - 1 + sum(ends)
    _check_count(
        "row_resistance", values, {"(segments,)": (count,), "(rows, segments)": (rows, count)}
    )
    return _with_ends(values, ends, rows, cols, driver)


def column_segments(
    resistance: Resistance, ends: tuple[bool, bool], shape: tuple[int, int], sense: float
) -> NDArray[np.float64]:
    """Rows + 1 by cols resistances in ohm; those at ends that are not sensed are infinite.

    Args:
        resistance: Ohm. Of the segments that there are.
        ends: Whether there is a sense amplifier at the top and at the bottom.
        shape: Rows and columns of the array.
        sense: Ohm. In series with each sense amplifier.
    """
    rows, cols = shape
    values = np.asarray(resistance, dtype=np.float64)
    count = rows - 1 + sum(ends)
    _check_count(
        "column_resistance", values, {"(segments,)": (count,), "(segments, cols)": (count, cols)}
    )
    return _with_ends(values.T, ends, cols, rows, sense).T


def check_resistance(name: str, resistance: Resistance) -> None:
    """Refuse resistances that no wire can have, whatever the size of the array.

    Args:
        name: Argument as the caller wrote it.
        resistance: Ohm. Of one or of each segment.
    """
    remedy = "Give one number, one per segment, or one per segment of each wire."
    try:
        values = np.asarray(resistance, dtype=np.float64)
    except (TypeError, ValueError):
        raise argument_error(name, "be numbers", "is none or uneven", remedy) from None
    if values.ndim > 2:
        raise argument_error(name, "have at most two axes", f"has {values.ndim}", remedy)
    if not (values >= 0).all():
        bad = values[~(values >= 0)].flat[0] if values.ndim else values
        raise argument_error(name, "be at least 0", f"is {bad:.6g}")
    if not values.ndim and np.isinf(values):
        raise argument_error(name, "be finite", "is inf", "Only single segments may be open.")


def _check_count(
    name: str, values: NDArray[np.float64], shapes: dict[str, tuple[int, ...]]
) -> None:
    if values.ndim and values.shape not in shapes.values():
        allowed = " or ".join(f"{axes}={shape}" for axes, shape in shapes.items())
        remedy = "A wire has one segment fewer than cells, and one more for each end in use."
        raise argument_error(name, f"have shape {allowed}", f"has shape {values.shape}", remedy)


def _with_ends(
    values: NDArray[np.float64], ends: tuple[bool, bool], wires: int, nodes: int, series: float
) -> NDArray[np.float64]:
    segments = np.full((wires, nodes + 1), np.inf)
    segments[:, 1 - ends[0] : nodes + ends[1]] = values
    segments[:, 0] += series
    segments[:, -1] += series
    return segments
