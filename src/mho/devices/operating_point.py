"""What every operating point must satisfy, and what a pulse outside a model's range is told."""

import warnings
from typing import Any

from torch import Tensor

from mho.core import Device
from mho.core.check import check_number


def check_operating_point(device: Device[Any]) -> None:
    """Refuse voltages that cannot SET, RESET and read one cell.

    Args:
        device: Device with its three voltages.
    """
    check_number("read_voltage", device.read_voltage, low=0.0, above=True)
    opposed = -device.reset_voltage * device.set_voltage
    check_number("-reset_voltage * set_voltage", opposed, low=0.0, above=True)


def warn_outside(outside: Tensor, valid: str) -> None:
    """Warn of pulses that a model was not made for; Python shows one text once.

    Args:
        outside: (..., rows, cols), bool. Cells whose pulse lies outside.
        valid: Range in which the model holds, as a full sentence without its stop.
    """
    if outside.any():
        warnings.warn(f"{valid}; a pulse lies outside, where it extrapolates.", stacklevel=3)
