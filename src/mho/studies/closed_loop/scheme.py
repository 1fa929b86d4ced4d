"""Ways to program the cells."""

from dataclasses import dataclass, field
from typing import Any

from mho.core import Device
from mho.core.check import argument_error, check_number
from mho.nn import DifferentialPair
from mho.programming import NoiseFreeInverse, Programmer, TrainedPredictor


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """One way to program the cells.

    Args:
        programmer: Chooses the pulses; it is fitted to the device.
        max_pulses: Pulses per cell after which to give up; one is an open-loop write.
        tolerance: Relative error at which a cell counts as programmed.
    """

    programmer: Programmer = field(default_factory=NoiseFreeInverse)
    max_pulses: int = 1
    tolerance: float = 0.05

    def __post_init__(self) -> None:
        check_number("max_pulses", self.max_pulses, low=1)
        check_number("tolerance", self.tolerance, low=0.0)

    def check(self, device: Device[Any], mapping: DifferentialPair) -> None:
        """Refuse what this scheme cannot program.

        Args:
            device: Model of the cells.
            mapping: Gives the lowest and the highest target.
        """
        if not isinstance(self.programmer, TrainedPredictor):
            return  # the others are made for a device by `fit`
        reach = self.programmer.fit(device).reach
        assert reach is not None
        if mapping.g_min < reach[0] or mapping.g_max > reach[1]:
            must = f"lie within what the predictor learned, {reach[0]:.4g} to {reach[1]:.4g} S"
            but = f"spans {mapping.g_min:.4g} to {mapping.g_max:.4g} S"
            raise argument_error("mapping", must, but)
