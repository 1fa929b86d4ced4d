"""Compiled updates: counts of steps out of gradients, steps of cells, weights out of cells."""

import math

import numpy as np
from numba import njit

from mho.core.streams import cell_stream, normal_pair, scrambled
from mho.devices.steps.kernel import step_size

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # of splitmix64
_compiled = njit(cache=True, nogil=True, error_model="numpy")


@_compiled
def round_counts(change, per_step, most, key, count):
    """Whole numbers of steps that are on average what is asked for.

    Args:
        change: (weights,). Change of the weight that is asked for.
        per_step: (weights,) or (1,). One over the change that a step makes.
        most: Largest number of steps.
        key: Whole number that selects the random numbers of this call.
        count: (weights,). Filled.
    """
    alike = per_step.size == 1
    for i in range(change.size):
        asked = change[i] * per_step[0 if alike else i]
        draw = 0.5 + 0.5 * scrambled(np.uint64(key) + np.uint64(i) * _GOLDEN)
        count[i] = int(min(max(math.floor(asked + draw), -most), most))


@_compiled
def pulse_cells(count, share, read, spread, sign, laws, noise, key):
    """Step the cells of weights that are to move.

    Args:
        count: (weights,). Steps of each weight.
        share: (weights, cells). Where each cell is in its range. Changed.
        read: (weights, cells). Where it is read. Changed; may be the same as `share`.
        spread: (weights or 1, cells, 4). Size of the up and of the down steps over the nominal one,
            lower bound and width of the range over the nominal width.
        sign: (cells,). Whether a cell raises the weight.
        laws: Coefficients of the up and of the down step, in units of the range.
        noise: Spread of a step over its size, of a step over the range, of the read over the range.
        key: Whole number that selects the random streams of this call.
    """
    relative, added, written = noise
    noisy = relative > 0.0 or added > 0.0
    many = spread.shape[0] > 1
    for i in range(count.size):
        steps = count[i]
        if steps == 0:
            continue
        row = i if many else 0
        for k in range(share.shape[1]):
            up = (steps > 0) == (sign[k] > 0)
            law = laws[0] if up else laws[1]
            gain = spread[row, k, 0 if up else 1]
            width = spread[row, k, 3]
            stream = cell_stream(key, i * share.shape[1] + k)
            place, draw, spare, paired = np.float64(share[i, k]), 0.0, 0.0, False
            for _ in range(abs(steps)):
                size = gain * step_size(law, 1.0 - place if up else place)
                if noisy:
                    if paired:
                        draw = spare
                    else:
                        stream, draw, spare = normal_pair(stream)
                    paired = not paired
                    size += draw * (relative * size + added / width)
                place = min(max(place + (size if up else -size), 0.0), 1.0)
            share[i, k] = place
            if written > 0.0:
                stream, draw, spare = normal_pair(stream)
                place = min(max(place + draw * written / width, 0.0), 1.0)
            read[i, k] = place


@_compiled
def show_cells(count, conductance, places, sums, cells, weights):
    """Tell a layer what the cells of weights that moved hold.

    Args:
        count: (weights,). Zero where nothing moved.
        conductance: (weights, cells), S. What the cells hold.
        places: Numbers of the cells in the layer's memories, each (weights, cells).
        sums: Sign of each cell, (cells,); weight of a siemens and of no cell, each (weights,).
        cells: The layer's memories of its cells. Changed, unless they are empty.
        weights: The layer's memories of its weights. Changed, unless they are empty.
    """
    sign, per_siemens, base = sums
    plain = weights[0].size > 0
    for i in range(count.size):
        if count[i] == 0:
            continue
        total = 0.0
        for k in range(conductance.shape[1]):
            held = np.float64(conductance[i, k])
            total += sign[k] * held
            cells[0][places[0][i, k]] = held
            if plain:
                cells[1][places[1][i, k]] = held
        if plain:
            weight = base[i] + per_siemens[i] * total
            weights[0][i] = weight
            weights[1][i] = weight
