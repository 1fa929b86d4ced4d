"""A bench read by an instrument of finite resolution."""

from dataclasses import dataclass

from torch import Tensor

from mho.core import Bench, Pulse


@dataclass(frozen=True)
class Resolved:
    """A bench whose reads are whole steps of current.

    Args:
        bench: The cells.
        voltage: V. Voltage of a read.
        resolution: A. Step of the current.
    """

    bench: Bench
    voltage: float
    resolution: float

    @property
    def shape(self) -> tuple[int, ...]:
        """(..., rows, cols) of the cells."""
        return self.bench.shape

    @property
    def energy(self) -> Tensor:
        """Energy that the pulses so far have dissipated in each cell: (..., rows, cols), J."""
        return self.bench.energy

    def apply(self, pulse: Pulse) -> None:
        """Send a pulse to every cell.

        Args:
            pulse: One pulse per cell.
        """
        self.bench.apply(pulse)

    def read(self) -> Tensor:
        """Conductance of every cell as the instrument tells it: (..., rows, cols), S."""
        step = self.resolution / self.voltage
        return (self.bench.read() / step).round() * step
