"""Which voltages the wires of an array get, so that a pulse reaches one of its cells.

The selected cell has the difference of its two wires. All others share a wire with it, or none::

                     selected column               HalfVoltage   ThirdVoltage
                            │
    selected row  ───h──────S──────h───     S           V              V
                            │               h, c       V/2            V/3
                  ───u──────c──────u───     u           0            -V/3
                            │

Access transistors cut the cells c and u off; the cells h have no voltage then, since their columns
are held at the voltage of the row.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core import Bias
from mho.core.check import argument_error, check_number


class Selection(ABC):
    """How a pulse is led to one cell of an array."""

    @abstractmethod
    def bias(self, amplitude: Tensor, cell: tuple[int, int], shape: tuple[int, int]) -> Bias:
        """What the wires are held at while a cell is pulsed.

        Args:
            amplitude: (...), V. Of the pulse, with its physical sign.
            cell: Row and column of the cell.
            shape: Rows and columns of the array.
        """


@dataclass(frozen=True)
class HalfVoltage(Selection):
    """The row gets half of the pulse, the column minus half, all other wires nothing.

    Cells that share a wire with the selected one feel half of the pulse, the others nothing.
    """

    def bias(self, amplitude: Tensor, cell: tuple[int, int], shape: tuple[int, int]) -> Bias:
        nothing = torch.zeros_like(amplitude)
        return Bias(
            row=_wires(shape[0], cell[0], amplitude / 2, nothing),
            column=_wires(shape[1], cell[1], -amplitude / 2, nothing),
        )


@dataclass(frozen=True)
class ThirdVoltage(Selection):
    """As `HalfVoltage`, with a sixth of the pulse against it on all other wires.

    Every cell but the selected one feels a third of the pulse, with either sign.
    """

    def bias(self, amplitude: Tensor, cell: tuple[int, int], shape: tuple[int, int]) -> Bias:
        return Bias(
            row=_wires(shape[0], cell[0], amplitude / 2, -amplitude / 6),
            column=_wires(shape[1], cell[1], -amplitude / 2, amplitude / 6),
        )


@dataclass(frozen=True, kw_only=True)
class GatedRow(Selection):
    """The gates of one row are open, those of all other rows shut.

    A positive pulse comes from the row, with all columns but one held at the same voltage; a
    negative one from the column, with all other wires at 0 V. So no wire is ever below 0 V, where
    the junctions of the transistors would conduct.

    Args:
        gate_voltage: V. Of gates that are open.
        shut_voltage: V. Of gates that are shut.
    """

    gate_voltage: float = 1.2
    shut_voltage: float = 0.0

    def __post_init__(self) -> None:
        check_number("gate_voltage", self.gate_voltage)
        check_number("shut_voltage", self.shut_voltage)
        if self.shut_voltage >= self.gate_voltage:
            must, but = f"be below `gate_voltage`, {self.gate_voltage:.6g}", "is not"
            raise argument_error("shut_voltage", must, but)

    def bias(self, amplitude: Tensor, cell: tuple[int, int], shape: tuple[int, int]) -> Bias:
        up, down = amplitude.clamp(min=0.0), (-amplitude).clamp(min=0.0)
        gate = torch.full(shape, self.shut_voltage, dtype=torch.float64)
        gate[cell[0]] = self.gate_voltage
        return Bias(
            row=_wires(shape[0], cell[0], up, torch.zeros_like(up)),
            column=_wires(shape[1], cell[1], down, up),
            gate=gate,
        )


def _wires(count: int, selected: int, voltage: Tensor, others: Tensor) -> Tensor:
    """Voltages of all wires of one direction: (..., wires), V."""
    voltages = others[..., None].repeat(*[1] * others.dim(), count)
    voltages[..., selected] = voltage
    return voltages
