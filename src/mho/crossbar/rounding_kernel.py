"""Compiled rounding of converters: one look at each number instead of one for every operation."""

import numpy as np
from numba import njit


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
    zero, highest = value.dtype.type(0), value.dtype.type(most)
    for a in range(value.shape[0]):
        for v in range(value.shape[1]):
            for b in range(value.shape[2]):
                floor, width = low[a, b], step[a, b]
                shift = offset * width
                for c in range(value.shape[3]):
                    code = np.rint((value[a, v, b, c] * gain + shift - floor) / width)
                    out[a, v, b, c] = floor + np.minimum(np.maximum(code, zero), highest) * width
