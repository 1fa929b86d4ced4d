"""What cells went through before they are programmed."""

from dataclasses import dataclass
from typing import Any

from mho.core import Bench, Device, Pulse
from mho.core.check import check_number


@dataclass(frozen=True, kw_only=True)
class Cycling:
    """Full SETs and RESETs at the device's voltages, so that cells are no longer as made.

    Args:
        cycles: Pairs of a SET and a RESET.
        width: s. Width of each pulse; long enough for a full switching of most cells.
    """

    cycles: int = 5
    width: float = 5e-6

    def __post_init__(self) -> None:
        check_number("cycles", self.cycles, low=0)
        check_number("width", self.width, low=0.0, above=True)

    def apply(self, bench: Bench, device: Device[Any]) -> None:
        """Switch every cell of a bench back and forth.

        Args:
            bench: Cells to use.
            device: Model of the cells, for its voltages.
        """
        for voltage in (device.set_voltage, device.reset_voltage) * self.cycles:
            bench.apply(Pulse.uniform(bench.shape, amplitude=voltage, width=self.width))
