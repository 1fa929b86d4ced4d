"""What the wires of an array are held at, and what its cells feel of it."""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from .check import check_finite, check_shape


@dataclass(frozen=True)
class Bias:
    """Voltages that the wires of an array are held at, at those of their ends that are connected.

    Args:
        row: (..., rows), V. Of the rows.
        column: (..., cols), V. Of the columns.
        gate: (rows, cols), V. Of the access transistors; left out, their gates stay as they are.
    """

    row: Tensor
    column: Tensor
    gate: Tensor | None = None

    def __post_init__(self) -> None:
        check_shape("row", self.row, "(..., rows)")
        check_shape("column", self.column, "(..., cols)")
        check_finite("row", self.row)
        check_finite("column", self.column)
        if self.gate is not None:
            sizes = {"rows": self.row.shape[-1], "cols": self.column.shape[-1]}
            check_shape("gate", self.gate, "(rows, cols)", **sizes)
            check_finite("gate", self.gate)

    @property
    def unloaded(self) -> Tensor:
        """Voltage from row to column of each cell if no current flowed: (..., rows, cols), V."""
        return self.row[..., :, None] - self.column[..., None, :]


@dataclass(frozen=True)
class BiasPoint:
    """What the cells of an array feel under a bias.

    Args:
        voltage: (..., rows, cols), V. Across each memristor.
        current: (..., rows, cols), A. Through each memristor, from its row to its column.
        power: (...), W. Dissipated between the drivers, by wires, cells and series resistances.
    """

    voltage: Tensor
    current: Tensor
    power: Tensor


class Wiring(Protocol):
    """What lies between an array's drivers and its memristors, such as a crossbar."""

    def bias(self, conductance: Tensor, bias: Bias) -> BiasPoint:
        """What the memristors feel.

        Args:
            conductance: (..., rows, cols), S. Conductance of the memristors.
            bias: What the wires are held at.
        """
        ...
