"""Compiled rounding of converters: one look at each number instead of one for every operation."""

import numpy as np
from numba import njit

from mho.core.normal_kernel import draw_pairs

_LANES = 16  # of the processor's vectors, at most


@njit(nogil=True, cache=True, error_model="numpy")
def round_off(value, low, step, most, error, out):
    """Values as a converter of a range for each array says them.

    Args:
        value: (arrays, vectors, others, cols). Arrays that are side by side in memory are others.
        low: (arrays, others). Lowest value.
        step: (arrays, others). Distance of the values.
        most: Number of the highest value.
        error: Gain and offset, in steps, of what is seen.
        out: (arrays, vectors, others, cols). Filled.
    """
    gain, offset = value.dtype.type(error[0]), value.dtype.type(error[1])
    zero, one = value.dtype.type(0), value.dtype.type(1)
    highest = value.dtype.type(most)
    for a in range(value.shape[0]):
        for v in range(value.shape[1]):
            for b in range(value.shape[2]):
                floor, width = low[a, b], step[a, b]
                # An array that never carried a current has an empty range, and one value.
                shift, unit = offset * width, width if width > zero else one
                for c in range(value.shape[3]):
                    code = np.rint((value[a, v, b, c] * gain + shift - floor) / unit)
                    out[a, v, b, c] = floor + np.minimum(np.maximum(code, zero), highest) * width


@njit(nogil=True, cache=True, error_model="numpy")
def round_off_noisy(value, low, step, most, error, shared, own, key, out):
    """The same in single precision, of numbers with independent normal noise.

    Args:
        value: (arrays, vectors, others, cols). Arrays that are side by side in memory are others.
        low: (arrays, others). Lowest value.
        step: (arrays, others). Distance of the values.
        most: Number of the highest value.
        error: Gain and offset, in steps, of what is seen.
        shared: (arrays, vectors or 1, others, cols). Standard deviation of the noise.
        own: (arrays, vectors or 0, others, cols). Variance on top.
        key: Whole number that selects the noise.
        out: (arrays, vectors, others, cols). Filled.
    """
    gain, offset = np.float32(error[0]), np.float32(error[1])
    zero, one, highest = np.float32(0), np.float32(1), np.float32(most)
    arrays, vectors, others, cols = value.shape
    pairs = -(-others * cols // (2 * _LANES)) * _LANES
    normal, size = np.empty(2 * pairs, np.float32), np.empty(cols, np.float32)
    for a in range(arrays):
        for v in range(vectors):
            start = (a * vectors + v) * pairs
            draw_pairs(np.uint64(key), start, normal[:pairs], normal[pairs:])
            for b in range(others):
                floor, width = low[a, b], step[a, b]
                shift, unit = offset * width, width if width > zero else one
                alike = shared[a, v % shared.shape[1], b]
                for c in range(cols):  # a slice is assigned by code that takes seconds to compile
                    size[c] = alike[c]
                if own.size > 0:
                    for c in range(cols):
                        size[c] = np.sqrt(alike[c] * alike[c] + own[a, v, b, c])
                for c in range(cols):
                    noisy = value[a, v, b, c] + size[c] * normal[b * cols + c]
                    code = np.rint((noisy * gain + shift - floor) / unit)
                    out[a, v, b, c] = floor + np.minimum(np.maximum(code, zero), highest) * width
