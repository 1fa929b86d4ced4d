"""A bench of which only some cells are pulsed."""

from torch import Tensor

from mho.core import Bench, Pulse
from mho.core.check import check_same_shape

from .around import Around


class SomeCells(Around):
    """Some of the cells of another bench: pulses for the others do not reach them.

    Args:
        bench: All of the cells.
        chosen: (..., rows, cols), bool. Cells that may be pulsed.
    """

    def __init__(self, bench: Bench, chosen: Tensor):
        check_same_shape("chosen", chosen, bench.shape, of="the bench")
        super().__init__(bench)
        self.chosen = chosen

    def apply(self, pulse: Pulse) -> None:
        check_same_shape("pulse", pulse.width, self.shape, of="the bench")
        self.bench.apply(pulse.where(self.chosen))
