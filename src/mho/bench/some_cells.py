"""A bench of which only some cells are pulsed."""

from torch import Tensor

from mho.core import Bench, Pulse
from mho.core.check import check_same_shape


class SomeCells:
    """Some of the cells of another bench: pulses for the others do not reach them.

    Args:
        bench: All of the cells.
        chosen: (..., rows, cols), bool. Cells that may be pulsed.
    """

    def __init__(self, bench: Bench, chosen: Tensor):
        check_same_shape("chosen", chosen, bench.shape, of="the bench")
        self.bench, self.chosen = bench, chosen

    @property
    def shape(self) -> tuple[int, ...]:
        """(..., rows, cols) of all cells."""
        return self.bench.shape

    @property
    def energy(self) -> Tensor:
        """Energy that the pulses so far have dissipated in each cell: (..., rows, cols), J."""
        return self.bench.energy

    def apply(self, pulse: Pulse) -> None:
        """Send a pulse to every chosen cell.

        Args:
            pulse: One pulse per cell.
        """
        check_same_shape("pulse", pulse.width, self.shape, of="the bench")
        self.bench.apply(pulse.where(self.chosen))

    def read(self) -> Tensor:
        """Conductance of every cell: (..., rows, cols), S."""
        return self.bench.read()
