"""Trains of identical pulses, with widths that are found on a cell without noise."""

import math
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.check import argument_error

INDIFFERENT = 1e-6
"""s. Width for a device that switches however narrow a pulse is."""

_WIDTHS = (1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 1.0, 1e3, 1e6)  # s
_HALVINGS = 7  # of the three decades between two of them: 6 %
_DOUBLINGS = 16
_LEVEL_HALVINGS = 20  # fine, since switching can run away


def train(
    device: Device[Any],
    state: Any,
    amplitudes: Tensor,
    width: Tensor,
    generator: torch.Generator,
) -> Iterator[Any]:
    """States of the cells after each of several pulses.

    Args:
        device: Model of the cells.
        state: State of the cells before the first pulse.
        amplitudes: (pulses,), V. Amplitude of each pulse, the same for all cells.
        width: (..., rows, cols), s. Width of every pulse on each cell.
        generator: Source of the noise.
    """
    for amplitude in amplitudes.tolist():
        state = device.apply(state, Pulse(torch.full_like(width, amplitude), width), generator)
        yield state


def last(states: Iterator[Any]) -> Any:
    """The last of several states.

    Args:
        states: At least one state.
    """
    for state in states:
        final = state
    return final


def train_width(
    device: Device[Any], state: Any, amplitudes: Tensor, *, bound: float, share: float
) -> float:
    """Narrowest width with which a train goes a share of the way to a bound, s.

    Widths that the model warns of are left out. If none of the others goes far enough, it is the
    widest of them.

    Args:
        device: Model of the cells, without noise.
        state: State of a single cell before the train.
        amplitudes: (pulses,), V. Amplitude of each pulse.
        bound: S. Conductance that pulses of this polarity lead to.
        share: How much of the way the train has to go, 0 to 1.
    """

    def goes_far_enough(width: float) -> bool | None:
        """None for a width that the model warns of."""
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            try:
                return way_gone(device, state, amplitudes, width, bound) >= share
            except UserWarning:
                return None

    below, above = None, _WIDTHS[0]
    for above in _WIDTHS:
        verdict = goes_far_enough(above)
        if verdict or (verdict is None and below is not None):
            break
        below = above if verdict is False else None
    else:
        raise argument_error(
            "device",
            f"go {100 * share:g} % of its way in {len(amplitudes)} pulses of {amplitudes[0]:g} V",
            f"does not if each lasts {above:g} s",
            "Allow more pulses, or a smaller share.",
        )
    if below is None:
        return INDIFFERENT if above == _WIDTHS[0] else above
    for _ in range(_HALVINGS):
        middle = math.sqrt(below * above)
        if goes_far_enough(middle) is False:
            below = middle
        else:
            above = middle
    return below if goes_far_enough(above) is None else above


def sweep_width(
    device: Device[Any], state: Any, amplitudes: Tensor, *, bound: float, share: float, least: float
) -> float:
    """Width, to a factor of two, at which a sweep goes a share of the way to a bound, s.

    A sweep passes voltages that models are not made for, so that their warnings are left out here.

    Args:
        device: Model of the cells, without noise.
        state: State of a single cell before the sweep.
        amplitudes: (pulses,), V. Voltage after voltage.
        bound: S. Conductance that pulses of this polarity lead to.
        share: How much of the way the sweep has to go, 0 to 1.
        least: s. Width that suffices if all amplitudes were the largest.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for doubling in range(_DOUBLINGS):
            width = least * 2.0**doubling
            if way_gone(device, state, amplitudes, width, bound) >= share:
                break
    return width


def way_gone(
    device: Device[Any], state: Any, amplitudes: Tensor, width: float, bound: float
) -> float:
    """Share of the way to a bound that pulses of one width bring a cell.

    Args:
        device: Model of the cells, without noise.
        state: State of a single cell before the pulses.
        amplitudes: (pulses,), V. Amplitude of each pulse.
        width: s. Width of each pulse.
        bound: S. Conductance that pulses of this polarity lead to.
    """
    start = device.conductance(state)
    widths = start.new_full((1, 1), width)
    after = last(train(device, state, amplitudes, widths, torch.Generator()))
    return float((device.conductance(after) - start) / (bound - start))


def widths_to(
    device: Device[Any], state: Any, amplitudes: Tensor, goal: Tensor, widest: float
) -> Tensor:
    """Width at which a SET train brings each of several like cells to a conductance: (1, cells), s.

    The search passes widths that models are not made for, so that their warnings are left out.

    Args:
        device: Model of the cells, without noise.
        state: State of the cells before the train.
        amplitudes: (pulses,), V. Amplitude of each pulse.
        goal: (1, cells), S. Conductance to reach.
        widest: s. Width that reaches every goal.
    """
    low, high = torch.zeros_like(goal), torch.full_like(goal, widest)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for _ in range(_LEVEL_HALVINGS):
            middle = 0.5 * (low + high)
            after = last(train(device, state, amplitudes, middle, torch.Generator()))
            short = device.conductance(after) < goal
            low, high = torch.where(short, middle, low), torch.where(short, high, middle)
    return high
