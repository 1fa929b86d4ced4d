"""What every operating point must satisfy, and what a pulse outside a model's range is told."""

import warnings
from typing import Any

from torch import Tensor

from mho.core import Device
from mho.core.check import argument_error, check_number


def check_operating_point(device: Device[Any]) -> None:
    """Refuse voltages that cannot SET, RESET and read one cell.

    Args:
        device: Device with its three voltages.
    """
    check_number("read_voltage", device.read_voltage, low=0.0, above=True)
    if device.reset_voltage * device.set_voltage >= 0.0:
        but = f"they are {device.reset_voltage:g} V and {device.set_voltage:g} V"
        raise argument_error("reset_voltage", "have the other sign than `set_voltage`", but)


def warn_outside(outside: Tensor, valid: str) -> None:
    """Warn of pulses that a model was not made for; Python shows one text once.

    Args:
        outside: (..., rows, cols), bool. Cells whose pulse lies outside.
        valid: Range in which the model holds, as a full sentence without its stop.
    """
    if outside.any():
        warnings.warn(f"{valid}; a pulse lies outside, where it extrapolates.", stacklevel=3)
