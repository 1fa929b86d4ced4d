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
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mho.core.check import (
    argument_error,
    check_conductance,
    check_number,
    check_shape,
    check_voltage,
)

from .floating import check_nothing_floats
from .transient import Transient, check_reactance, check_waveform
from .wires import (
    Driven,
    Resistance,
    Sensed,
    Wires,
    check_resistance,
    column_segments,
    row_segments,
)


@dataclass(frozen=True)
class Readout:
    """What an array answers to voltages on its rows.

    Args:
        current: (..., vectors, cols), A. Into each column's sense amplifier, or both of them.
        cell_voltage: (..., vectors, rows, cols), V. What the wires leave across each cell.
        row_voltage: (..., vectors, rows, cols), V. At each node of the row wires.
        column_voltage: (..., vectors, rows, cols), V. At each node of the column wires.
        power: (..., vectors), W. Dissipated between the drivers and ground, by wires, cells and
            series resistances.
    """

    current: Tensor
    cell_voltage: Tensor
    row_voltage: Tensor
    column_voltage: Tensor
    power: Tensor


@dataclass(frozen=True, kw_only=True)
class Crossbar:
    """Array of ohmic cells between row and column wires.

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
    """

    row_resistance: Resistance = 1.0
    column_resistance: Resistance = 1.0
    driver_resistance: float = 0.0
    sense_resistance: float = 0.0
    driven: Driven = field(default_factory=Driven)
    sensed: Sensed = field(default_factory=Sensed)

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

    def read(self, conductance: Tensor, voltage: Tensor) -> Readout:
        """Currents and voltages everywhere in the array, for given voltages on its rows.

        Shapes and batch axes are those of `voltage @ conductance`. The answer is differentiable
        in both arguments.

        Args:
            conductance: (..., rows, cols), S. Conductance of the cells.
            voltage: (..., vectors, rows), V. Voltages driving the rows.
        """
        _check_cells(conductance)
        check_voltage(voltage, rows=conductance.shape[-2])
        conductance, voltage = conductance.double(), voltage.double()
        wires = self.wires(conductance)
        across, column_voltage = self._node_voltage(conductance, voltage, wires)
        through = conductance[..., None, :, :] * across
        return Readout(
            current=through.sum(-2),
            cell_voltage=across,
            row_voltage=column_voltage + across,
            column_voltage=column_voltage,
            power=(through.sum(-1) * voltage).sum(-1),
        )

    def effective_conductance(self, conductance: Tensor) -> Tensor:
        """The matrix that the array multiplies by: (..., rows, cols), S.

        `voltage @ crossbar.effective_conductance(conductance)` is the current of `read`. The
        matrix costs more than one vector's `read` and less than a hundred's; it is differentiable.

        Args:
            conductance: (..., rows, cols), S. Conductance of the cells.
        """
        from .effective import transfer_conductance

        _check_cells(conductance)
        wires, turn = self.wires(conductance), self._turn
        arrays = _flip(conductance.double().reshape(-1, *conductance.shape[-2:]), turn)
        matrix = transfer_conductance(arrays, wires.flip(turn))
        return _flip(matrix, turn).reshape(conductance.shape)

    def netlist(self, conductance: Tensor, voltage: Tensor) -> str:
        """The circuit of one array as text for ngspice, which solves it by `ngspice -b FILE`.

        Several vectors are one sweep over the number of the vector.

        Args:
            conductance: (rows, cols), S. Conductance of the cells.
            voltage: (vectors, rows), V. Voltages driving the rows, one vector at least.
        """
        from .netlist import netlist

        check_shape("conductance", conductance, "(rows, cols)")
        _check_cells(conductance)
        check_shape("voltage", voltage, "(vectors, rows)", rows=conductance.shape[0])
        check_voltage(voltage, rows=conductance.shape[0])
        if not len(voltage):
            but = f"has shape {tuple(voltage.shape)}"
            raise argument_error("voltage", "have at least one vector", but)
        return netlist(conductance.double(), voltage.double(), self.wires(conductance))

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
        from .circuit import array_circuit
        from .time_solver import array_over_time

        _check_over_time(conductance, voltage, time)
        check_reactance(capacitance, inductance)
        check_number("tolerance", tolerance, low=0.0, high=1.0, above=True)
        circuit = array_circuit(self.wires(conductance), capacitance, inductance)
        return array_over_time(circuit, conductance, voltage, time, tolerance)

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
        from .transient_netlist import transient_netlist

        _check_over_time(conductance, voltage, time)
        check_reactance(capacitance, inductance)
        arrays = conductance.double(), voltage.double(), time.double()
        return transient_netlist(*arrays, self.wires(conductance), (capacitance, inductance))

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

    def _node_voltage(
        self, conductance: Tensor, voltage: Tensor, wires: Wires
    ) -> tuple[Tensor, Tensor]:
        from .node_solver import node_voltage

        rows, cols = conductance.shape[-2:]
        if conductance.dim() == 2:  # one array: its batches of vectors are just more vectors
            shape = (*voltage.shape, cols)
            conductance, voltage = conductance[None], voltage.reshape(1, -1, rows)
        else:
            batch = _batch(conductance, voltage)
            shape = (*batch, *voltage.shape[-2:], cols)
            conductance = conductance.expand(*batch, rows, cols).reshape(-1, rows, cols)
            voltage = voltage.expand(*batch, *voltage.shape[-2:]).flatten(0, -3)
        turn = self._turn
        if -2 in turn:
            voltage = voltage.flip(-1)
        voltages = node_voltage(_flip(conductance, turn), voltage, wires.flip(turn))
        across, column = (_flip(x, turn).reshape(shape) for x in voltages)
        return across, column


def _check_cells(conductance: Tensor) -> None:
    check_conductance(conductance)
    if 0 in conductance.shape[-2:]:
        but = f"has shape {tuple(conductance.shape)}"
        raise argument_error("conductance", "have at least one row and one column", but)


def _check_over_time(conductance: Tensor, voltage: Tensor, time: Tensor) -> None:
    check_shape("conductance", conductance, "(rows, cols)")
    _check_cells(conductance)
    check_waveform(voltage, time, rows=len(conductance))


def _batch(conductance: Tensor, voltage: Tensor) -> tuple[int, ...]:
    axes = conductance.shape[:-2], voltage.shape[:-2]
    try:
        return tuple(torch.broadcast_shapes(*axes))
    except RuntimeError:
        must = f"have batch axes that broadcast with those of `conductance`, {tuple(axes[0])}"
        raise argument_error("voltage", must, f"has batch axes {tuple(axes[1])}") from None


def _flip(tensor: Tensor, axes: list[int]) -> Tensor:
    return tensor.flip(axes) if axes else tensor
