"""The seam between programming and hardware."""

from typing import Protocol

from torch import Tensor

from .pulse import Pulse


class Bench(Protocol):
    """Cells that can be pulsed and read: simulated, recorded or on a real instrument."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(..., rows, cols) of the cells."""
        ...

    @property
    def energy(self) -> Tensor:
        """Energy that the pulses so far have dissipated in each cell: (..., rows, cols), J."""
        ...

    def apply(self, pulse: Pulse) -> None:
        """Send a pulse to every cell.

        Args:
            pulse: One pulse per cell.
        """
        ...

    def read(self) -> Tensor:
        """Conductance of every cell: (..., rows, cols), S."""
        ...
