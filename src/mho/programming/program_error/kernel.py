"""Compiled draws of Student's t around targets, one stream for each cell.

Bailey 1994 (Math. Comp. 62, 779) turns two uniform numbers into one of Student's t, for any degrees
of freedom v: with U in (0, 1] and an even angle, sqrt(v (U^(-2/v) - 1)) times the angle's sine.
Written so that the compiler fills vectors: no branches, and no calls of log, exp or sin.
"""

import math

import numpy as np
from numba import njit

from mho.core.streams import cell_stream, scrambled

BLOCK = 512  # always whole, so that no cell's rounding depends on where a thread begins
# The two states after that of a splitmix64 stream.
_FIRST = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0x3C6EF372FE94F82A)
_SQRT_HALF = 0x3FE6A09E667F3BCD  # its bits
_LN_2 = math.log(2.0)

_inlined = njit(forceinline=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})


@_inlined
def _log(x):
    """Natural logarithm of a normal positive number, to 1e-12."""
    bits = np.float64(x).view(np.int64)
    exponent = (bits - _SQRT_HALF) >> 52
    mantissa = np.int64(bits - (exponent << 52)).view(np.float64)  # within a factor sqrt(2) of 1
    s = (mantissa - 1.0) / (mantissa + 1.0)
    z = s * s
    odd = 1 / 3 + z * (1 / 5 + z * (1 / 7 + z * (1 / 9 + z * (1 / 11 + z / 13))))
    return 2.0 * s * (1.0 + z * odd) + exponent * _LN_2


@_inlined
def _growth(x):
    """exp(x) - 1 for 0 <= x < 600, to 1e-11 of itself."""
    whole = math.floor(x / _LN_2 + 0.5)
    r = x - whole * _LN_2
    high = 1 / 120 + r * (1 / 720 + r * (1 / 5040 + r * (1 / 40320 + r / 362880)))
    rest = r * (1.0 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * high))))
    power = np.int64((np.int64(whole) + 1023) << 52).view(np.float64)
    return power * rest + (power - 1.0)


@_inlined
def _sine(quarter):
    """Sine of so many quarter turns, between -1 and 1, to 1e-11."""
    x = 0.5 * math.pi * quarter
    y = x * x
    high = 1.0 - y / 110 * (1.0 - y / 156 * (1.0 - y / 210 * (1.0 - y / 272)))
    return x * (1.0 - y / 6 * (1.0 - y / 20 * (1.0 - y / 42 * (1.0 - y / 72 * high))))


@_inlined
def student(first, second, inverse):
    """Number of Student's t out of two that are uniform in [-1, 1).

    Args:
        first: Uniform number that sets how far out it is.
        second: Uniform number that sets the angle. An even angle of a quarter turn to either side
            has the sine of one all around.
        inverse: One over the degrees of freedom.
    """
    growth = _growth(-2.0 * inverse * _log(0.5 * (1.0 - first)))
    return _sine(second) * math.sqrt(growth / inverse)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def draw_cells(begin, end, target, guide, edges, pieces, bounds, key, out):
    """What comes of some of the targets; whether all of them were between the bounds.

    Args:
        begin: First cell.
        end: First cell not to draw.
        target: (cells,), S.
        guide: (buckets,). Piece in which each of as many equal parts of the targets begins.
        edges: (pieces,), S. Where each piece ends.
        pieces: (pieces, 6). Value at a target of zero, and slope, of the centre (S), the scale (S)
            and one over the degrees of freedom.
        bounds: Least and greatest target that is drawn for, and what is forgiven beyond them; least
            and greatest outcome, S.
        key: Whole number that selects the random streams of this call.
        out: (cells,), S. Filled.
    """
    low, high, slack, least, greatest = bounds
    per_siemens = (guide.size - 1) / max(high - low, 1e-300)
    centre, scale, inverse = np.ones(BLOCK), np.ones(BLOCK), np.ones(BLOCK)
    for start in range(begin, end, BLOCK):
        count = min(BLOCK, end - start)
        for k in range(count):
            x = target[start + k]
            if not low - slack <= x <= high + slack:
                return False
            x = min(max(x, low), high)
            i = guide[int((x - low) * per_siemens)]
            i += x >= edges[i]  # apart, since it happens often and is no branch
            while x >= edges[i]:
                i += 1
            centre[k] = pieces[i, 0] + pieces[i, 1] * x
            scale[k] = pieces[i, 2] + pieces[i, 3] * x
            inverse[k] = pieces[i, 4] + pieces[i, 5] * x
        for k in range(BLOCK):
            stream = cell_stream(key, start + k)
            drawn = student(scrambled(stream + _FIRST), scrambled(stream + _SECOND), inverse[k])
            centre[k] += scale[k] * drawn
        for k in range(count):
            out[start + k] = min(max(centre[k], least), greatest)
    return True
