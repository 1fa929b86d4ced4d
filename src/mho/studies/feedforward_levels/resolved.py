"""A bench read by an instrument of finite resolution."""

from torch import Tensor

from mho.bench import Around
from mho.core import Bench


class Resolved(Around):
    """A bench whose reads are whole steps of current.

    Args:
        bench: The cells.
        voltage: V. Voltage of a read.
        resolution: A. Step of the current.
    """

    def __init__(self, bench: Bench, voltage: float, resolution: float):
        super().__init__(bench)
        self.voltage, self.resolution = voltage, resolution

    def read(self) -> Tensor:
        step = self.resolution / self.voltage
        return (self.bench.read() / step).round() * step
