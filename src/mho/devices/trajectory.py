"""Rate equations of cells under a constant voltage, integrated with error control."""

from collections.abc import Callable

import torch
from torch import Tensor

from mho.core.check import check_finite

Rate = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""Speed of the coordinate and power of some of the cells, out of the coordinate and their index."""

# Local error of a step, in units of the coordinate and relative for the energy. Summed over a full
# switching it stays far below the tolerance of any programming scheme.
TOLERANCE = 1e-8
# Cells whose stages stay in the processor's cache together.
_BLOCK = 1 << 13

# Dormand and Prince, J. Comput. Appl. Math. 6 (1980) 19: fifth order, with a fourth-order estimate.
_STAGES = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
_ERROR = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)


def travel(
    rate: Rate, start: Tensor, width: Tensor, low: Tensor, high: Tensor
) -> tuple[Tensor, Tensor]:
    """Coordinate of every cell after its pulse, and the energy that the pulse dissipated, J.

    Each cell has its own step; a cell that has arrived costs nothing more. A good coordinate
    changes by about one in a switching and has no stiff end, such as the logarithm of the distance
    to a limit that is approached exponentially.

    Args:
        rate: Speed (1 / s, in units of the coordinate) and power (W).
        start: (cells,), 1. Coordinate before the pulse, within the limits.
        width: (cells,), s. Width of the pulse.
        low: (cells,), 1. Lower limit of the coordinate, where a falling cell stops.
        high: (cells,), 1. Upper limit of the coordinate, where a rising cell stops.
    """
    x, energy, left = start.clone(), torch.zeros_like(start), width.clone()
    step = left / 10
    for cells in torch.nonzero(left > 0).squeeze(1).split(_BLOCK):
        _advance(rate, cells, (x, energy, left, step), (low, high))
    return x, energy


def _advance(
    rate: Rate, cells: Tensor, pulse: tuple[Tensor, ...], limits: tuple[Tensor, Tensor]
) -> None:
    """Bring some cells to the end of their pulse, in place."""
    x, energy, left, step = pulse
    low, high = limits
    while len(cells) > 0:
        speed, power = rate(x[cells], cells)
        check_finite("pulse", speed + power)  # or no step would ever be short enough
        outwards = ((x[cells] >= high[cells]) & (speed > 0)) | (
            (x[cells] <= low[cells]) & (speed < 0)
        )
        # What would move less than the last digit in all the time that is left, rests.
        rests = outwards | (speed.abs() * left[cells] < 1e-15)
        energy[cells] += torch.where(rests, power * left[cells], 0.0)
        cells, speed, power = cells[~rests], speed[~rests], power[~rests]
        step[cells] = torch.minimum(torch.minimum(step[cells], left[cells]), 2.0 / speed.abs())
        moved, work, factor = _attempt(rate, x[cells], cells, (speed, power), step[cells])
        limit = torch.where(moved > 0, high[cells], low[cells])
        share = (limit - x[cells]) / moved
        beyond = (x[cells] + moved - limit).abs() > TOLERANCE
        crosses = (factor >= 1.0) & (share < 1.0) & beyond
        good = (factor >= 1.0) & ~crosses
        arrived = cells[good]
        x[arrived] = torch.clamp(x[arrived] + moved[good], low[arrived], high[arrived])
        energy[arrived] += work[good]
        left[arrived] = (left[arrived] - step[arrived]).clamp(min=0.0)
        step[cells] *= torch.where(crosses, share, 0.9 * factor)
        cells = cells[left[cells] > 0]


def _attempt(
    rate: Rate, x: Tensor, cells: Tensor, first: tuple[Tensor, Tensor], step: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """What one step would move and dissipate, and by how much the step may grow."""
    speeds, powers = [first[0]], [first[1]]
    for weights in _STAGES:
        moved = step * _sum(weights, speeds)
        speed, power = rate(x + moved, cells)
        speeds.append(speed)
        powers.append(power)
    work = step * _sum(_STAGES[-1], powers)
    error = (step * _sum(_ERROR, speeds)).abs() / TOLERANCE
    error = torch.maximum(error, (step * _sum(_ERROR, powers)).abs() / (TOLERANCE * work.abs()))
    error = error.nan_to_num(nan=1e30, posinf=1e30) + 1e-6
    # A step with an error of 1 is good as it is; 0.9 keeps the next from failing.
    factor = error.pow(-0.2).clamp(0.2, 4.0)
    return moved, work, factor


def _sum(weights: tuple[float, ...], terms: list[Tensor]) -> Tensor:
    total = weights[0] * terms[0]
    for weight, term in zip(weights[1:], terms[1:], strict=False):
        total = total + weight * term
    return total
