"""Random streams of compiled kernels: one per cell, so that no number depends on the thread."""

import math

import numpy as np

from .inner import inner


@inner(cache=True)
def cell_stream(key, cell):
    """Stream of one cell, for the call that a key stands for.

    Args:
        key: Whole number that selects the random streams of a call.
        cell: Index of the cell.
    """
    return uniform(np.uint64(key) ^ (np.uint64(cell) * np.uint64(0xD1342543DE82EF95)))[0]


@inner(cache=True)
def uniform(stream):
    """Next state of a splitmix64 stream and a number uniform in [-1, 1)."""
    stream = stream + np.uint64(0x9E3779B97F4A7C15)
    return stream, scrambled(stream)


@inner(cache=True)
def scrambled(stream):
    """Number uniform in [-1, 1) out of the state of a splitmix64 stream."""
    x = stream
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x = x ^ (x >> np.uint64(31))
    return np.float64(np.int64(x >> np.uint64(11))) * (2.0 / 9007199254740992.0) - 1.0


@inner(cache=True, fastmath={"contract", "arcp"})
def normal_pair(stream):
    """Next state of a stream and two independent standard normal numbers (Box and Muller 1958)."""
    stream, draw = uniform(stream)
    stream, turn = uniform(stream)
    # 1 - draw lies in (0, 2], so that the logarithm is finite.
    radius = math.sqrt(-2.0 * math.log(0.5 * (1.0 - draw)))
    # Taylor series of a quarter of the angle, doubled twice: within 1e-11 of the library's sine and
    # cosine, and three times as fast.
    x = 0.25 * math.pi * turn
    z = -x * x
    sine = 1 + z / 156
    cosine = 1 + z / 132
    for n in (5, 4, 3, 2, 1):
        sine = 1 + z / (2 * n * (2 * n + 1)) * sine
        cosine = 1 + z / (2 * n * (2 * n - 1)) * cosine
    sine *= x
    for _ in range(2):
        sine, cosine = 2 * sine * cosine, cosine * cosine - sine * sine
    return stream, radius * cosine, radius * sine
