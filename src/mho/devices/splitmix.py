"""Compiled random streams: one for each cell, so that threads make no difference.

Source: Steele, Lea and Flood, OOPSLA 2014 (doi 10.1145/2660193.2660195).
"""

import math

import numpy as np
from numba import njit

_compiled = njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz", "reassoc"})


@_compiled
def uniform(stream):
    """Next state of a splitmix64 stream and a number uniform in [-1, 1)."""
    stream = stream + np.uint64(0x9E3779B97F4A7C15)
    x = stream
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x = x ^ (x >> np.uint64(31))
    return stream, np.float64(x >> np.uint64(11)) * (2.0 / 9007199254740992.0) - 1.0


@_compiled
def normal(stream):
    """Next state of the stream and a normal number, by Box and Muller."""
    stream, first = uniform(stream)
    stream, second = uniform(stream)
    return stream, math.sqrt(-2.0 * math.log(0.5 - 0.5 * first)) * math.cos(math.pi * second)
