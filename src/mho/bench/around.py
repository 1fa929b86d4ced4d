"""A bench around another one."""

from torch import Tensor

from mho.core import Bench, Pulse


class Around:
    """Hands pulses on to another bench and its reads back; subclasses change what passes.

    Args:
        bench: The cells.
    """

    def __init__(self, bench: Bench):
        self.bench = bench

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
        """Conductance of every cell: (..., rows, cols), S."""
        return self.bench.read()
