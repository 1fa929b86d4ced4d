"""A bench whose cells are a device model."""

from typing import Any

from torch import Tensor

from mho.core import Device, Pulse
from mho.core.check import argument_error
from mho.core.random import generator


class SimulatedBench:
    """Freshly made cells of one device model.

    Args:
        device: Model of every cell.
        shape: (..., rows, cols) of the cells.
        seed: Whole number that fixes the cells' spread and all their noise.
    """

    def __init__(self, device: Device[Any], shape: tuple[int, ...], *, seed: int = 0):
        if len(shape) < 2 or any(size < 1 for size in shape):
            raise argument_error("shape", "be (..., rows, cols), each at least 1", f"is {shape}")
        self.device = device
        self._generator = generator(seed)
        self.state = device.fabricate(tuple(shape), self._generator)

    @property
    def shape(self) -> tuple[int, ...]:
        """(..., rows, cols) of the cells."""
        return tuple(self.state.energy.shape)

    @property
    def energy(self) -> Tensor:
        """Energy that the pulses so far have dissipated in each cell: (..., rows, cols), J."""
        energy: Tensor = self.state.energy
        return energy

    def apply(self, pulse: Pulse) -> None:
        """Send a pulse to every cell.

        Args:
            pulse: One pulse per cell; a cell with zero width is left alone.
        """
        self.state = self.device.apply(self.state, pulse, self._generator)

    def wait(self, time: float) -> None:
        """Leave every cell alone for a while; what that does to it, its device says.

        Args:
            time: s. How long.
        """
        self.state = self.device.relax(self.state, time, self._generator)

    def read(self) -> Tensor:
        """Conductance of every cell at the device's read voltage: (..., rows, cols), S."""
        return self.device.conductance(self.state)
