"""What a device model must say so that it can be fitted to a measured pulse train."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from mho.core import Device

from .measurement import Measurement

NOISES = ("read_noise", "wander", "memory", "tail")
"""Numbers of the noise of reads that are no fields of a device.

Reads deviate by white `read_noise` and by `wander`, both shares of the range; wander forgets itself
within `memory` pulses. Predicted reads follow a Student's t, and `tail` is the reciprocal of its
degrees of freedom, 0 for a Gaussian. A device knows white Gaussian noise only, so its `write_noise`
is the spread of all together.
"""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A number that is fitted.

    Args:
        name: Field of the device, or one of `NOISES`.
        start: Where the search starts.
        low: Least value that is searched.
        high: Greatest value that is searched.
        scale: Size of a change that matters; none if that is a share of the value.
        pinned: Value that it keeps unless others make the reads likelier; none if it is free.
        noise: Whether it is a spread; spreads can stand in for each other.
        stays: What it means that it stays pinned, if that is worth saying.
        untold: Why the measurement cannot tell it, so that it keeps `start`; empty if it can.
    """

    name: str
    start: float
    low: float
    high: float
    scale: float | None = None
    pinned: float | None = None
    noise: bool = False
    stays: str = ""
    untold: str = ""


class Moves(NamedTuple):
    """What the pulses do to the cell.

    Args:
        pulses: (3, pulses): steps up, or down if negative; size of a step over that of the law;
            spread of a step over its size.
        laws: (2, 5): coefficients of the up and of the down step, in shares of the range.
        added_noise: Spread of a step that is the same everywhere, as a share of the range.
    """

    pulses: np.ndarray
    laws: tuple[Any, Any]
    added_noise: float


class Candidate(ABC):
    """A device model that may explain a measurement."""

    model: type[Any]
    """Class of the device."""

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.model.__name__

    @abstractmethod
    def parameters(self, measurement: Measurement) -> tuple[Parameter, ...]:
        """The numbers that the measurement is to fix.

        Args:
            measurement: What is fitted.
        """

    @abstractmethod
    def device(self, measurement: Measurement, values: dict[str, float]) -> Device[Any]:
        """The device with fitted numbers and the operating point of the measurement.

        Args:
            measurement: What is fitted.
            values: Fitted numbers by name.
        """

    @abstractmethod
    def moves(self, device: Any, measurement: Measurement) -> Moves:
        """What the pulses of the measurement do to such a cell.

        Args:
            device: What `device` returned.
            measurement: What is fitted.
        """

    def unfit(self, measurement: Measurement) -> str:
        """Why the model cannot describe such a measurement at all; empty if it can.

        Args:
            measurement: What is fitted.
        """
        return ""


def bounds(measurement: Measurement) -> tuple[Parameter, Parameter]:
    """Lower and upper bound of a cell, kept at the ends of what was read unless the train tells.

    Args:
        measurement: What is fitted.
    """
    least, most = measurement.limits
    span = measurement.span
    floor = 1e-3 * span  # conductances are positive, though reads of small ones may not be
    least = max(least, floor)
    below, above = max(least - 2 * span, floor), most + 2 * span
    inner = 0.4 * (most - least)
    low = Parameter(
        name="low",
        start=least,
        low=below,
        high=least + inner,
        scale=span,
        pinned=least,
        stays="the train does not show the lower bound, so the least read stands for it",
    )
    high = Parameter(
        name="high",
        start=most,
        low=most - inner,
        high=above,
        scale=span,
        pinned=most,
        stays="the train does not show the upper bound, so the greatest read stands for it",
    )
    return low, high


def noises(measurement: Measurement, most: float) -> tuple[Parameter, ...]:
    """Noise of steps and of reads, and how heavy its tails are.

    Args:
        measurement: What is fitted.
        most: Greatest spread of a step over its size that is searched.
    """
    read = measurement.noise
    return (
        Parameter(name="cycle_noise", start=0.3, low=1e-3, high=most, noise=True),
        Parameter(name="read_noise", start=read, low=1e-5, high=1.0, noise=True),
        Parameter(name="wander", start=read, low=1e-5, high=1.0, pinned=0.0, noise=True),
        Parameter(name="memory", start=8.0, low=1.0, high=1e3, pinned=8.0),
        Parameter(name="tail", start=0.05, low=0.0, high=0.45, scale=0.1, pinned=0.0),
    )


def fields(values: dict[str, float]) -> dict[str, float]:
    """Fields of a device out of fitted numbers: those that are, and its `write_noise`.

    Args:
        values: Fitted numbers by name.
    """
    own = {name: value for name, value in values.items() if name not in NOISES}
    return own | {"write_noise": math.hypot(values["read_noise"], values["wander"])}


def operating_point(measurement: Measurement) -> dict[str, float]:
    """Voltages at which the cell was driven and read, by the names of a device's fields.

    Args:
        measurement: What is fitted.
    """
    set_voltage, reset_voltage = measurement.voltages
    point = {"set_voltage": set_voltage, "reset_voltage": reset_voltage}
    if measurement.read_voltage is not None:
        point["read_voltage"] = measurement.read_voltage
    return point
