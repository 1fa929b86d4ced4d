"""Compiled pulses of step devices: as many steps as a pulse is wide, each with its own noise.

A step is a share of a cell's own range,

    s0 + s1 u^p + s2 e^(q u),  u = 1 at the bound that it leaves and 0 at the bound that it goes to,

never below 0. Linear, exponential and power steps are choices of the five numbers.
"""

import math

from numba import njit

from mho.core.streams import cell_stream, normal_pair

_compiled = njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})


@_compiled
def step_size(law, u):
    """Share of the range that a step moves at a share `u` of the range from its bound."""
    size = law[0]
    if law[1] != 0.0:
        size += law[1] * (u if law[2] == 1.0 else u ** law[2])
    if law[3] != 0.0:
        size += law[3] * math.exp(law[4] * u)
    return max(size, 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def step_cells(begin, end, count, cells, laws, noise, key):
    """Pulse some of the cells, in place.

    Args:
        begin: First cell to pulse.
        end: First cell not to pulse.
        count: (cells,): steps up, or down if negative; the part of a step at the end is a step of
            that part of its size.
        cells: (6, cells): where the cell is, a share of its range; where it is read; size of its
            up and of its down steps over the nominal one; integral of the share over the steps;
            width of its range over the nominal one.
        laws: (2, 5): coefficients of the up and of the down step, in units of the range.
        noise: (3,): spread of a step over its size; spread of a step over the range; spread of the
            read share over the range. The last two are of the nominal range.
        key: Whole number that selects the random streams of this call.
    """
    for cell in range(begin, end):
        left = abs(count[cell])
        if left == 0.0:
            continue
        up = count[cell] > 0.0
        law = laws[0] if up else laws[1]
        gain = cells[2, cell] if up else cells[3, cell]
        stream = cell_stream(key, cell)
        share, total = cells[0, cell], 0.0
        draw, spare, paired = 0.0, 0.0, False
        while left > 0.0:
            part = min(left, 1.0)
            size = gain * step_size(law, 1.0 - share if up else share)
            if noise[0] > 0.0 or noise[1] > 0.0:
                if paired:
                    draw = spare
                else:
                    stream, draw, spare = normal_pair(stream)
                paired = not paired
                size += draw * (noise[0] * size + noise[1] / cells[5, cell])
            moved = share + part * (size if up else -size)
            moved = min(max(moved, 0.0), 1.0)
            if moved == share and part == 1.0 and noise[0] == 0.0 and noise[1] == 0.0:
                total += share * left  # it rests from here on
                break
            total += 0.5 * part * (share + moved)
            share = moved
            left -= part
        cells[0, cell] = share
        cells[1, cell] = share
        if noise[2] > 0.0:
            stream, draw, spare = normal_pair(stream)
            cells[1, cell] = min(max(share + draw * noise[2] / cells[5, cell], 0.0), 1.0)
        cells[4, cell] = total
