"""The voltages that the cells of an array feel, when their current is no multiple of the voltage.

The array is solved with conductances, and each conductance is the current that its cell carries
over the voltage that it was found to have. That is repeated until both agree. Each cell's
conductance, on a logarithmic scale, moves along the secant through its last two answers, or the
plain step where that would be longer, so that a cell that turns down its own voltage settles too.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from mho.core import Bias, BiasPoint, Wiring

TOLERANCE = 1e-9
"""Difference of any cell's two currents, relative to the largest current of its array."""


def felt(wiring: Wiring, current: Callable[[Tensor], Tensor], bias: Bias) -> BiasPoint:
    """What each cell feels, with the current that it then carries.

    Args:
        wiring: What lies between drivers and cells.
        current: Of the cells, in A, at given voltages, (..., rows, cols), V.
        bias: What the wires are held at.
    """
    nominal = torch.where(bias.unloaded == 0.0, _TINY, bias.unloaded)
    log = (current(nominal) / nominal).log()
    last: tuple[Tensor, Tensor] | None = None
    for _ in range(_LIMIT):
        point = wiring.bias(log.exp(), bias)
        through = current(point.voltage)
        scale = through.abs().amax((-2, -1), keepdim=True)
        if ((through - point.current).abs() <= TOLERANCE * scale).all():
            return BiasPoint(voltage=point.voltage, current=through, power=point.power)
        ratio = through / point.current
        error = torch.where(ratio > 0.0, ratio.log(), 0.0)  # neither at no voltage nor around it
        step = error
        if last is not None:
            slope = (error - last[1]) / (log - last[0])
            step = error / torch.where(slope < -1.0, -slope, 1.0).clamp(max=_STEEPEST)
        last = log, error
        log = log + step
    raise RuntimeError(
        f"The cells' voltages did not settle within {_LIMIT} solutions of the array. Check that "
        "the device's current rises with its voltage, and the units of the wires' resistance."
    )


# V. At no voltage, a cell's conductance is that of this one.
_TINY = 1e-6

# Other cells move a cell's voltage too, which a secant mistakes for its own doing.
_STEEPEST = 20.0

# Solutions of the array. Three to six are usual.
_LIMIT = 100
