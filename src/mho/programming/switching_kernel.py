"""Compiled reading of switching curves."""

from numba import njit

from mho.core.inner import inner

_NEAR = 8  # points


@njit(cache=True, nogil=True, error_model="numpy")
def switching_times(begin, end, cells, rising, falling, width):
    """Time that noise-free cells take from one conductance to another, for some of the cells.

    Args:
        begin: First cell.
        end: First cell that does not count.
        cells: Conductance now and wanted (S), each (cells,).
        rising: Conductance (S), rising, and time (s) of the SET curve, each (points,).
        falling: The same of the RESET curve.
        width: (cells,), s. Filled.
    """
    conductance, target = cells
    for cell in range(begin, end):
        curve = rising if target[cell] > conductance[cell] else falling
        time = _at(curve, target[cell]) - _at(curve, conductance[cell])
        width[cell] = 0.0 if time < 0.0 else time


@inner(cache=True, error_model="numpy")
def _at(curve, conductance):
    g, time = curve
    inside = min(max(conductance, g[0]), g[-1])
    # Most curves have their points nearly evenly in conductance: look there first.
    guess = int((inside - g[0]) / (g[-1] - g[0]) * (g.size - 1)) if inside > g[0] else 0
    low, high = max(guess - _NEAR, 0), min(guess + _NEAR, g.size)
    if low > 0 and g[low - 1] >= inside:
        low = 0
    if high < g.size and g[high] < inside:
        high = g.size
    while low < high:
        middle = (low + high) // 2
        if g[middle] < inside:
            low = middle + 1
        else:
            high = middle
    right = min(max(low, 1), g.size - 1)
    g0, t0 = g[right - 1], time[right - 1]
    return t0 + (time[right] - t0) * (inside - g0) / (g[right] - g0)
