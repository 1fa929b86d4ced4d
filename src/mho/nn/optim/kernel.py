"""Compiled updates: counts of steps out of gradients, steps of cells, weights out of cells.

Moves are lists of weights and of the steps that each of them moves by, so that weights that do not
move cost nothing after they were looked at once.
"""

import numpy as np
from numba import njit

from mho.core.normal_kernel import draw_pairs_of
from mho.core.streams import cell_stream, normal_pair
from mho.devices.steps.kernel import step_size

_BLOCK = 1024
_PART = np.float32(2.0**-24)
_compiled = njit(cache=True, nogil=True, error_model="numpy")


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def round_moves(gradient, per_step, most, key, weights, steps):
    """Whole numbers of steps that are on average what is asked for; how many weights move.

    Args:
        gradient: (weights,). Gradient with respect to the weights.
        per_step: (weights,) or (1,). Steps for a unit of the gradient.
        most: Largest number of steps.
        key: Whole number that selects the random numbers of this call; rounded to the nearest step
            if it is 0.
        weights: (weights,). Filled with those that move.
        steps: (weights,). Filled with their steps.
    """
    due, whole = np.empty(_BLOCK, np.float32), np.empty(_BLOCK, np.int32)
    least, greatest = np.float32(-most), np.float32(most)
    seed = np.uint32(key) ^ np.uint32(key >> 31)
    moved = 0
    for start in range(0, gradient.size, _BLOCK):
        count = min(_BLOCK, gradient.size - start)
        if per_step.size == 1:
            for k in range(count):
                due[k] = gradient[start + k] * per_step[0]
        else:
            for k in range(count):
                due[k] = gradient[start + k] * per_step[start + k]
        if key == 0:
            for k in range(count):
                due[k] += np.float32(0.5)
        else:
            for k in range(count):
                due[k] += _drawn(np.uint32(start + k) ^ seed)
        for k in range(count):
            whole[k] = np.int32(min(max(np.floor(due[k]), least), greatest))
        for k in range(count):  # without a branch, which none could foresee
            weights[moved] = start + k
            steps[moved] = whole[k]
            moved += whole[k] != 0
    return moved


@njit(forceinline=True)
def _drawn(x):
    """Number within (0, 1) out of another, by the mixer of Wellons, in 32 bits to fill vectors."""
    x = np.uint32((x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D))
    x = np.uint32((x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B))
    x = np.uint32(x ^ (x >> np.uint32(16)))
    return np.float32(np.int32(x >> np.uint32(8))) * _PART


@_compiled
def full_moves(gradient, per_step, sums, weights, steps):
    """Whole steps out of sums of gradients, which keep the rest; how many weights move.

    Args:
        gradient: (weights,). Gradient with respect to the weights.
        per_step: (weights,) or (1,). Steps for a unit of the gradient.
        sums: (weights,). Steps that are due. Changed.
        weights: (weights,). Filled with those that move.
        steps: (weights,). Filled with their steps.
    """
    moved = 0
    last = per_step.size - 1
    for i in range(gradient.size):
        due = sums[i] + gradient[i] * per_step[min(i, last)]
        if abs(due) >= np.float32(1.0):
            count = np.int32(due)
            due -= np.float32(count)
            weights[moved] = i
            steps[moved] = count
            moved += 1
        sums[i] = due
    return moved


@_compiled
def pulse_cells(weights, steps, share, read, spread, sign, laws, noise, key):
    """Step the cells of weights that move.

    Args:
        weights: (moves,). Weights that move.
        steps: (moves,). Steps of each.
        share: (weights, cells). Where each cell is in its range. Changed.
        read: (weights, cells). Where it is read. Changed; may be the same as `share`.
        spread: (weights or 1, cells, 4). Size of the up and of the down steps over the nominal one,
            lower bound in S and width of the range over the nominal width.
        sign: (cells,). Whether a cell raises the weight.
        laws: Coefficients of the up and of the down step, in units of the range.
        noise: Spread of a step over its size, of a step over the range, of the read over the range.
        key: Whole number that selects the random streams of this call.
    """
    relative, added, written = noise
    noisy = relative > 0.0 or added > 0.0
    last = spread.shape[0] - 1
    cells = share.shape[1]
    first, second = np.empty(_BLOCK, np.float32), np.empty(_BLOCK, np.float32)
    for start in range(0, weights.size, _BLOCK):
        count = min(_BLOCK, weights.size - start)
        if noisy:
            # Two numbers are all that most weights need; the others take more from their streams,
            # which start elsewhere.
            some = weights[start : start + count]
            draw_pairs_of(~np.uint64(key), some, first[:count], second[:count])
        for move in range(start, start + count):
            i = weights[move]
            row = min(i, last)
            draw, spare, drawn = 0.0, 0.0, 0
            stream = cell_stream(key, i)
            for k in range(cells):
                up = (steps[move] > 0) == (sign[k] > 0)
                law = laws[0] if up else laws[1]
                gain = spread[row, k, 0 if up else 1]
                width = spread[row, k, 3]
                place = np.float64(share[i, k])
                for _ in range(abs(steps[move])):
                    size = gain * step_size(law, 1.0 - place if up else place)
                    if noisy:
                        if drawn < 2:
                            draw = np.float64(
                                second[move - start] if drawn else first[move - start]
                            )
                        elif drawn % 2:
                            draw = spare
                        else:
                            stream, draw, spare = normal_pair(stream)
                        drawn += 1
                        size += draw * (relative * size + added / width)
                    place = min(max(place + (size if up else -size), 0.0), 1.0)
                share[i, k] = place
                if written > 0.0:
                    stream, draw, spare = normal_pair(stream)
                    drawn += drawn % 2
                    place = min(max(place + draw * written / width, 0.0), 1.0)
                read[i, k] = place


@_compiled
def held_by(weights, read, spread, nominal, conductance):
    """What the cells of some weights hold.

    Args:
        weights: (moves,). The weights.
        read: (weights, cells). Where each cell is read in its range.
        spread: (weights or 1, cells, 4). As in `pulse_cells`.
        nominal: S. Nominal width of the range.
        conductance: (moves, cells), S. Filled.
    """
    last = spread.shape[0] - 1
    for move in range(weights.size):
        i = weights[move]
        row = min(i, last)
        for k in range(read.shape[1]):
            width = nominal * spread[row, k, 3]
            conductance[move, k] = spread[row, k, 2] + width * read[i, k]


@_compiled
def show_cells(moved, conductance, places, sums, cells, weights):
    """Tell a layer what the cells of weights that moved hold.

    Args:
        moved: (moves,). The weights that moved.
        conductance: (moves, cells), S. What their cells hold.
        places: (weights, 2 * cells). Numbers of the cells in the first memory of the layer, and
            then in the second.
        sums: Sign of each cell, (cells,); weight of cells that conduct nothing and of a siemens,
            (weights or 1, 2).
        cells: The layer's memories of its cells. Changed; the second not if it is empty.
        weights: The layer's memories of its weights. Changed, unless the second memory of cells is
            empty.
    """
    sign, line = sums
    plain = cells[1].size > 0
    last, many = line.shape[0] - 1, conductance.shape[1]
    for move in range(moved.size):
        i = moved[move]
        total = 0.0
        for k in range(many):
            held = np.float64(conductance[move, k])
            total += sign[k] * held
            cells[0][places[i, k]] = held
            if plain:
                cells[1][places[i, many + k]] = held
        if plain:
            row = min(i, last)
            weight = line[row, 0] + line[row, 1] * total
            weights[0][i] = weight
            weights[1][i] = weight
