"""A bench whose cells are a device model."""

from typing import Any

import torch
from torch import Tensor

from mho.core import Bias, BiasPoint, Device, Pulse, ReadNoise, Wiring
from mho.core.check import argument_error, check_number, check_same_shape
from mho.core.random import generator

from .felt import felt
from .selection import Selection


class SimulatedBench:
    """Freshly made cells of one device model, each with its own two wires or in an array.

    Without a crossbar, pulses reach all cells at once and in full. With one, the cells are pulsed
    one after the other, row by row. For each, the whole array is solved, and every cell gets the
    pulse at the voltage that it then feels: the selected one what the wires leave of it, the others
    what `selection` and the wires let them have.

    Args:
        device: Model of every cell.
        shape: (..., rows, cols) of the cells.
        seed: Whole number that fixes the cells' spread and all their noise, and that of the reads.
        read_noise: What every reading is disturbed by, one source after the other.
        crossbar: Wires, and access transistors if there are any, between the drivers and the cells.
        selection: How a pulse is led to one cell of the crossbar.
        solves: Times that the array is solved during a pulse, after equal parts of it. In between,
            every cell keeps its voltage.
        harmless_voltage: V. Cells that are not selected and feel at most this much keep their
            state, but dissipate what flows through them. Half of the device's read voltage if left
            out; at 0 every cell gets every pulse.
    """

    def __init__(
        self,
        device: Device[Any],
        shape: tuple[int, ...],
        *,
        seed: int = 0,
        read_noise: tuple[ReadNoise, ...] = (),
        crossbar: Wiring | None = None,
        selection: Selection | None = None,
        solves: int = 1,
        harmless_voltage: float | None = None,
    ):
        if len(shape) < 2 or any(size < 1 for size in shape):
            raise argument_error("shape", "be (..., rows, cols), each at least 1", f"is {shape}")
        _check_selection(crossbar, selection)
        check_number("solves", solves, low=1)
        if harmless_voltage is None:
            harmless_voltage = abs(device.read_voltage) / 2
        check_number("harmless_voltage", harmless_voltage, low=0.0)
        self.device = device
        self.read_noise = read_noise
        self.crossbar = crossbar
        self.selection = selection
        self.solves = solves
        self.harmless_voltage = harmless_voltage
        self.generator = generator(seed)
        """Source of the cells' spread and noise."""
        self._read_generator = generator(seed, _READ)
        self.state = device.fabricate(tuple(shape), self.generator)
        self._harmless_energy = torch.zeros(shape, dtype=torch.float64)
        self.wire_energy = torch.zeros(shape[:-2], dtype=torch.float64)
        """(...), J. What writing has dissipated outside of the cells: in wires and transistors."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(..., rows, cols) of the cells."""
        return tuple(self.state.energy.shape)

    @property
    def energy(self) -> Tensor:
        """Energy that the pulses so far have dissipated in each cell: (..., rows, cols), J."""
        energy: Tensor = self.state.energy
        return energy + self._harmless_energy

    def apply(self, pulse: Pulse) -> None:
        """Send a pulse to every cell.

        Args:
            pulse: One pulse per cell; a cell with zero width is not selected.
        """
        if self.crossbar is None or self.selection is None:
            self.state = self.device.apply(self.state, pulse, self.generator)
            return
        check_same_shape("pulse", pulse.width, self.shape, of="the bench")
        amplitude, width = pulse.amplitude.double(), pulse.width.double() / self.solves
        *_, rows, cols = self.shape
        for cell in (width > 0).reshape(-1, rows, cols).any(0).nonzero().tolist():
            at = (..., *cell)
            volt = torch.where(width[at] > 0, amplitude[at], 0.0)
            bias = self.selection.bias(volt, (cell[0], cell[1]), (rows, cols))
            for _ in range(self.solves):
                self._write(at, bias, width[at][..., None, None])

    def wait(self, time: float) -> None:
        """Leave every cell alone for a while; what that does to it, its device says.

        Args:
            time: s. How long.
        """
        self.state = self.device.relax(self.state, time, self.generator)

    def read(self) -> Tensor:
        """Conductance of every cell as read once at the read voltage: (..., rows, cols), S.

        With a crossbar, one row after the other gets the read voltage, with all others at 0 V. The
        current of a column, over that voltage, is the conductance read. Without noise and wires it
        is that of the cells, `device.conductance(state)`.
        """
        conductance = self._conductance()
        volt = self.device.read_voltage
        voltage = volt * torch.eye(self.shape[-2], dtype=torch.float64)
        current = volt * conductance
        for noise in self.read_noise:
            current = noise.apply(current, conductance, voltage, self._read_generator)
        return current / volt if self.read_noise else conductance

    def _conductance(self) -> Tensor:
        """Conductances that a reading without noise gives: (..., rows, cols), S."""
        if self.crossbar is None:
            return self.device.conductance(self.state)
        *batch, rows, cols = self.shape
        volt = self.device.read_voltage
        grounded = torch.zeros(*batch, cols, dtype=torch.float64)
        driven = volt * torch.eye(rows, dtype=torch.float64)
        biases = [Bias(row=row.expand(*batch, rows), column=grounded) for row in driven]
        return torch.stack([self._felt(bias).current.sum(-2) for bias in biases], -2) / volt

    def _write(self, selected: tuple[Any, ...], bias: Bias, width: Tensor) -> None:
        """Hold the array at a bias for a time, (..., 1, 1), s."""
        point = self._felt(bias)
        feels = point.voltage.abs() > self.harmless_voltage
        feels[selected] = True
        pulse = Pulse(point.voltage, width.expand(self.shape))
        self.state = self.device.apply(self.state, pulse.where(feels), self.generator)
        power = point.voltage * point.current
        self._harmless_energy += torch.where(feels, 0.0, power * width)
        self.wire_energy += (point.power - power.sum((-2, -1))) * width[..., 0, 0]

    def _felt(self, bias: Bias) -> BiasPoint:
        assert self.crossbar is not None
        return felt(self.crossbar, lambda v: self.device.current(self.state, v), bias)


def _check_selection(crossbar: Wiring | None, selection: Selection | None) -> None:
    if crossbar is not None and selection is None:
        raise argument_error(
            "selection",
            "be given with `crossbar`",
            "is not",
            "Give `HalfVoltage()` or `ThirdVoltage()`, or `GatedRow()` with access transistors.",
        )
    if crossbar is None and selection is not None:
        raise argument_error("selection", "be left out without `crossbar`", "is given")


# Part of the seed that keeps the reads' noise apart from the cells'.
_READ = 1
