"""An array of cells between resistive wires, and what it makes of voltages.

Each cell joins a node of its row wire to a node of its column wire. Row r is driven at its left
end, and column c is held at 0 V at its lower end, where its current is sensed; or at the other
end, or at both. Between neighbouring nodes, and between the ends and their nearest nodes, lies one
segment of wire::

    voltage[0] ──Rrow──┬──────────Rrow──┬
                       └─G[0,0]─┐       └─G[0,1]─┐
                               Rcol             Rcol
    voltage[1] ──Rrow──┬────────│─Rrow──┬        │
                       └─G[1,0]─┤       └─G[1,1]─┤
                               Rcol             Rcol
                                │                │
                            current[0]       current[1]
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mho.core import Array, Bias, BiasPoint
from mho.core.check import (
    argument_error,
    check_conductance,
    check_number,
    check_shape,
    check_voltage,
)

from .bias_point import bias_point
from .cells import Cell, Cell1R
from .parameters import check_known, numbers, with_numbers, with_unchecked
from .readout import Readout, flip, read_cells, read_ohmic
from .solve.floating import check_nothing_floats
from .transient.transient import Transient, check_reactance, check_waveform
from .wires import (
    Driven,
    Resistance,
    Sensed,
    Wires,
    check_resistance,
    column_segments,
    row_segments,
)


@dataclass(frozen=True, kw_only=True)
class Crossbar(Array):
    """Array of cells between row and column wires.

    Args:
        row_resistance: Ohm. Of a row wire from one cell to the next, and from each driver to the
            nearest cell. One number, or one per segment from left to right, (segments,), or of
            each wire, (rows, segments). An infinite one is an open segment.
        column_resistance: Ohm. Of a column wire from one cell to the next, and from the nearest
            cell to each sense amplifier. One number, or one per segment from top to bottom,
            (segments,), or of each wire, (segments, cols).
        driver_resistance: Ohm. In series with each driver.
        sense_resistance: Ohm. In series with each sense amplifier.
        driven: Ends of the rows that have a driver.
        sensed: Ends of the columns that have a sense amplifier.
        cell: What joins the wires at each crossing. `conductance` is that of its memristor.
    """

    row_resistance: Resistance = 1.0
    column_resistance: Resistance = 1.0
    driver_resistance: float = 0.0
    sense_resistance: float = 0.0
    driven: Driven = field(default_factory=Driven)
    sensed: Sensed = field(default_factory=Sensed)
    cell: Cell = field(default_factory=Cell1R)

    def __post_init__(self) -> None:
        for name in ("row_resistance", "column_resistance"):
            check_resistance(name, getattr(self, name))
        for name in ("driver_resistance", "sense_resistance"):
            check_number(name, getattr(self, name), low=0.0)
            if math.isinf(getattr(self, name)):
                raise argument_error(name, "be finite", "is inf")

    @classmethod
    def ideal(cls) -> "Crossbar":
        """A crossbar whose wires lose nothing: the current is `voltage @ conductance`."""
        return cls(row_resistance=0.0, column_resistance=0.0)

    def read(
        self,
        conductance: Tensor,
        voltage: Tensor,
        parameters: Mapping[str, Tensor] | None = None,
    ) -> Readout:
        """Currents and voltages everywhere in the array, for given voltages on its rows.

        Shapes and batch axes are those of `voltage @ conductance`. The answer is differentiable
        in all arguments. Cells that are not ohmic are solved by Newton's method; circuits that
        do not converge are NaN and marked in the answer, with a warning.

        Args:
            conductance: (..., rows, cols), S. Conductance of the memristors.
            voltage: (..., vectors, rows), V. Voltages driving the rows.
            parameters: Numbers that take the place of the array's own, of one element each, by
                name: `row_resistance`, `cell.access.width`, `cell.law.scale`.
        """
        _check_cells(conductance)
        check_voltage(voltage, rows=conductance.shape[-2])
        conductance, voltage = conductance.double(), voltage.double()
        if parameters:
            own = {name: float(value.detach()) for name, value in parameters.items()}
            return self.with_parameters(own)._try(conductance, voltage, parameters)
        wires, turn = self.wires(conductance), self._turn
        if self.cell.ohmic:
            return read_ohmic(conductance, voltage, wires, turn)
        equations = self.cell.parameters((conductance.shape[-2], conductance.shape[-1]))
        return read_cells(conductance, voltage, wires, turn, equations=equations)

    def _try(
        self, conductance: Tensor, voltage: Tensor, parameters: Mapping[str, Tensor]
    ) -> Readout:
        """Answer with a gradient in parameters, whose values are the array's own."""
        from .sensitivity import ParameterTrial

        if "cell.gate_voltage" in parameters:
            remedy = "Take the transistor's threshold: the currents follow their difference."
            raise argument_error("parameters", "leave out the gate voltage", "has it", remedy)
        wires, turn = self.wires(conductance), self._turn
        equations = self.cell.parameters((conductance.shape[-2], conductance.shape[-1]))
        trial = ParameterTrial(with_unchecked(self, parameters), self.cell.law)
        return read_cells(conductance, voltage, wires, turn, equations=equations, trial=trial)

    @property
    def parameters(self) -> dict[str, float]:
        return numbers(self)

    def with_parameters(self, values: Mapping[str, float]) -> "Crossbar":
        return with_numbers(self, values)

    def sensitivity(
        self, conductance: Tensor, voltage: Tensor, parameters: Sequence[str]
    ) -> tuple[Tensor, Tensor]:
        _check_cells(conductance)
        check_voltage(voltage, rows=conductance.shape[-2])
        check_known(self, parameters)
        conductance, voltage = conductance.double(), voltage.double()
        circuits = torch.broadcast_shapes(conductance.shape[:-2], voltage.shape[:-2])
        # Each circuit has parameters of its own, so that its slopes are not summed with others'.
        each = voltage.new_ones(math.prod(circuits), voltage.shape[-2], 1, 1)
        own = self.parameters
        tensors = {name: (own[name] * each).requires_grad_() for name in parameters}
        with torch.enable_grad():
            current = self._try(conductance, voltage, tensors).current
            columns = [
                torch.autograd.grad(column.sum(), list(tensors.values()), retain_graph=True)
                for column in current.unbind(-1)
            ]
        slopes = torch.stack([torch.stack(column) for column in columns], -1)
        return current.detach(), slopes.reshape(len(tensors), *current.shape)

    def bias(self, conductance: Tensor, bias: Bias) -> BiasPoint:
        """What the memristors feel while rows and columns are held at voltages, as in a write.

        Columns are held where `read` senses them, through the same resistances. Batch axes of all
        tensors broadcast. The answer is differentiable in conductance, row and column voltages.

        Args:
            conductance: (..., rows, cols), S. Conductance of the memristors.
            bias: What the wires are held at.
        """
        _check_cells(conductance)
        sizes = dict(zip(("rows", "cols"), conductance.shape[-2:], strict=True))
        check_shape("row", bias.row, "(..., rows)", **sizes)
        check_shape("column", bias.column, "(..., cols)", **sizes)
        conductance = conductance.double()
        return bias_point(self.cell, conductance, bias, self.wires(conductance), self._turn)

    def effective_conductance(self, conductance: Tensor) -> Tensor:
        """The matrix that the array multiplies by: (..., rows, cols), S.

        `voltage @ crossbar.effective_conductance(conductance)` is the current of `read`. The
        matrix costs more than one vector's `read` and less than a hundred's; it is differentiable.
        For cells that are not ohmic it is the slope of the currents at 0 V, which `read` follows
        the further the smaller the voltages are.

        Args:
            conductance: (..., rows, cols), S. Conductance of the memristors.
        """
        from .effective.effective import transfer_conductance

        _check_cells(conductance)
        wires, turn = self.wires(conductance), self._turn
        cells = self.cell.zero_bias_conductance(conductance.double())
        arrays = flip(cells.reshape(-1, *conductance.shape[-2:]), turn)
        matrix = transfer_conductance(arrays, wires.flip(turn))
        return flip(matrix, turn).reshape(conductance.shape)

    def netlist(self, conductance: Tensor, voltage: Tensor) -> str:
        """The circuit of one array as text for ngspice, which solves it by `ngspice -b FILE`.

        Several vectors are one sweep over the number of the vector.

        Args:
            conductance: (rows, cols), S. Conductance of the memristors.
            voltage: (vectors, rows), V. Voltages driving the rows, one vector at least.
        """
        from .spice.netlist import netlist

        check_array(conductance, voltage)
        wires = self.wires(conductance)
        return netlist(conductance.double(), voltage.double(), wires, self.cell)

    def transient(
        self,
        conductance: Tensor,
        voltage: Tensor,
        time: Tensor,
        *,
        capacitance: float = 1e-15,
        inductance: float = 0.0,
        tolerance: float = 1e-6,
    ) -> Transient:
        """Currents and voltages over time, for voltages that change along straight lines.

        Before the first time the array is at rest. The answer carries no gradient.

        Args:
            conductance: (rows, cols), S. Conductance of the cells.
            voltage: (times, rows), V. Voltages driving the rows at each of the times.
            time: (times,), s. Times to answer at, increasing from 0.
            capacitance: F. Of each node of a row or column wire to ground.
            inductance: H. Of each segment of a wire, those to drivers and amplifiers included.
            tolerance: Error that a step in time may have. Voltages count relative to the largest
                that drives the array, currents to what that would make of a column's cells.
        """
        from .transient.circuit import array_circuit, cells_of
        from .transient.time_solver import array_over_time

        _check_over_time(conductance, voltage, time)
        check_reactance(capacitance, inductance)
        check_number("tolerance", tolerance, low=0.0, high=1.0, above=True)
        circuit = array_circuit(self.wires(conductance), capacitance, inductance)
        cells = cells_of(self.cell, conductance.detach().double())
        return array_over_time(circuit, cells, voltage, time, tolerance)

    def transient_netlist(
        self,
        conductance: Tensor,
        voltage: Tensor,
        time: Tensor,
        *,
        capacitance: float = 1e-15,
        inductance: float = 0.0,
    ) -> str:
        """The circuit of `transient` as text for ngspice.

        Args:
            conductance: (rows, cols), S. Conductance of the cells.
            voltage: (times, rows), V. Voltages driving the rows at each of the times.
            time: (times,), s. Increasing from 0.
            capacitance: F. Of each node of a row or column wire to ground.
            inductance: H. Of each segment of a wire, those to drivers and amplifiers included.
        """
        from .spice.transient_netlist import transient_netlist

        _check_over_time(conductance, voltage, time)
        check_reactance(capacitance, inductance)
        arrays = conductance.double(), voltage.double(), time.double()
        reactance, wires = (capacitance, inductance), self.wires(conductance)
        return transient_netlist(*arrays, wires, reactance, cell=self.cell)

    @property
    def _turn(self) -> list[int]:
        """Axes to flip so that the rows are driven on the left, the columns sensed below."""
        return [-1] * (not self.driven.left) + [-2] * (not self.sensed.bottom)

    def wires(self, conductance: Tensor) -> Wires:
        """Resistance of every segment of the wires, those of drivers and amplifiers included.

        Args:
            conductance: (..., rows, cols), S. Conductance of the cells; it gives the size, and a
                node that nothing holds at a voltage is refused.
        """
        rows, cols = conductance.shape[-2:]
        driven = self.driven.left, self.driven.right
        sensed = self.sensed.top, self.sensed.bottom
        wires = Wires(
            row_segments(self.row_resistance, driven, (rows, cols), self.driver_resistance),
            column_segments(self.column_resistance, sensed, (rows, cols), self.sense_resistance),
        )
        check_nothing_floats(conductance, wires)
        return wires


def check_array(conductance: Tensor, voltage: Tensor) -> None:
    """Refuse what is no single array, or no vector to read with it.

    Args:
        conductance: (rows, cols), S. Conductance of the memristors.
        voltage: (vectors, rows), V. Voltages driving the rows.
    """
    check_shape("conductance", conductance, "(rows, cols)")
    _check_cells(conductance)
    check_shape("voltage", voltage, "(vectors, rows)", rows=conductance.shape[0])
    check_voltage(voltage, rows=conductance.shape[0])
    if not len(voltage):
        but = f"has shape {tuple(voltage.shape)}"
        raise argument_error("voltage", "have at least one vector", but)


def _check_cells(conductance: Tensor) -> None:
    check_conductance(conductance)
    if 0 in conductance.shape[-2:]:
        but = f"has shape {tuple(conductance.shape)}"
        raise argument_error("conductance", "have at least one row and one column", but)


def _check_over_time(conductance: Tensor, voltage: Tensor, time: Tensor) -> None:
    check_shape("conductance", conductance, "(rows, cols)")
    _check_cells(conductance)
    check_waveform(voltage, time, rows=len(conductance))
