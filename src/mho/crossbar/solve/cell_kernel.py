r"""The current of a cell and its slopes, compiled.

A 1T1R cell has a node of its own, between memristor and transistor. Its unknown is the voltage u
across the memristor, whose current g f(u) is then the cell's. Around any u, linearised,

.. math:: \delta i = a\,\delta v_{row} - b\,\delta v_{col} + e

where e brings the transistor's current to that of the memristor, and is 0 where they agree.
"""

import math

from numba import njit

from mho.core.inner import inner

LIMIT = 200
CLOSE = 1e-12  # V/V; Newton's last step squares it
BARRIER_SCALE = 0.05  # V, delta of `AccessTransistor`
FAR = 1e-3  # e^-|x| from which on a few terms of a series are all digits of the logarithm


@njit(cache=True, nogil=True, inline="always")
def _law(parameters, v):
    """f(v) of the memristor and its slope."""
    k, s, c = parameters[0], parameters[1], parameters[2]
    value, slope = v * (1.0 + c * v * v), 1.0 + 3.0 * c * v * v
    if s > 0.0:
        if abs(s * v) < 1e-3:  # the exponentials below would cancel
            square = (s * v) ** 2
            value += v * square / 6.0 * (1.0 + square / 20.0)
            slope += square / 2.0 * (1.0 + square / 12.0)
        else:
            up = math.exp(s * v)
            down = 1.0 / up
            value += 0.5 * (up - down) / s - v
            slope += 0.5 * (up + down) - 1.0
    return k * value, k * slope


@njit(cache=True, nogil=True, inline="always")
def _charge(x):
    """ln(1 + e^x) and its slope."""
    e = math.exp(-abs(x))
    if e < FAR:
        rest = e * (1.0 - e * (1.0 / 2.0 - e * (1.0 / 3.0 - e * (1.0 / 4.0 - e / 5.0))))
    else:
        rest = math.log1p(e)
    share = 1.0 / (1.0 + e)
    return (x + rest, share) if x > 0.0 else (rest, e * share)


@njit(cache=True, nogil=True, inline="always")
def _transistor(parameters, gate, drain, source):
    """Current, its rise with the drain's voltage and its fall with the source's."""
    current, twice_ut, n = parameters[3], parameters[4], parameters[5]
    threshold, bend, sigma = parameters[6], parameters[7], parameters[8]
    across = drain - source
    root = math.sqrt(across * across + BARRIER_SCALE * BARRIER_SCALE)
    pinch_off = (gate - threshold + sigma * (root - BARRIER_SCALE)) / n
    lowering = sigma * across / (root * n)
    qs, slope_s = _charge((pinch_off - source) / twice_ut)
    qd, slope_d = _charge((pinch_off - drain) / twice_ut)
    bs, bd = 1.0 / (1.0 + bend * qs), 1.0 / (1.0 + bend * qd)
    hs = slope_s * qs * bs * (1.0 + bs)
    hd = slope_d * qd * bd * (1.0 + bd)
    apart = across / twice_ut
    difference = qs - qd
    if abs(apart) < 1e-2:  # Euler-Maclaurin, where the difference would cancel
        bow = slope_s * (1.0 - slope_s) - slope_d * (1.0 - slope_d)
        difference = apart * (0.5 * (slope_s + slope_d) - apart / 12.0 * bow)
    # h(qs) - h(qd), factored
    value = current * difference * (qs + qd + bend * qs * qd) * bs * bd
    rise = current / twice_ut * (hs * lowering + hd * (1.0 - lowering))
    fall = current / twice_ut * (hs * (1.0 + lowering) - hd * lowering)
    return value, rise, fall


@njit(cache=True, nogil=True, inline="always")
def cell(parameters, g, gate, row, column, u):
    """Current, a, b and e of a cell, and what turns the others into the move of u.

    Args:
        parameters: Of the cell, as its `parameters` method orders them.
        g: S. Conductance of the memristor.
        gate: V. Gate voltage.
        row: V. At the row's end.
        column: V. At the column's end.
        u: V. Across the memristor; without a transistor that is `row - column`.

    Returns:
        Current, A; a and b, S; e, A; slope of the memristor's current, S; derivative of the
        current with respect to g at given voltages at the ends, V.
    """
    f, slope = _law(parameters, u)
    if parameters[3] == 0.0:
        return g * f, g * slope, g * slope, 0.0, g * slope, f
    value, rise, fall = _transistor(parameters, gate, row - u, column)
    seen = rise + g * slope
    if seen == 0.0:  # neither conducts at all
        return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    i, through = g * f, g * slope / seen
    return i, through * rise, through * fall, through * (value - i), g * slope, f * rise / seen


@inner(cache=True, error_model="numpy")
def settled(parameters, g, gate, row, column):
    """`cell` at the u where memristor and transistor carry the same current."""
    if parameters[3] == 0.0 or g == 0.0:
        return cell(parameters, g, gate, row, column, row - column)
    low, high = min(0.0, row - column), max(0.0, row - column)
    u = 0.5 * (low + high)
    for _ in range(LIMIT):
        f, slope = _law(parameters, u)
        value, rise, _ = _transistor(parameters, gate, row - u, column)
        excess = g * f - value
        if excess > 0.0:
            high = u
        else:
            low = u
        newton = u - excess / (rise + g * slope)
        if abs(newton - u) <= CLOSE * abs(u):
            u = newton
            break
        u = newton if low < newton < high else 0.5 * (low + high)
    return cell(parameters, g, gate, row, column, u)


@njit(cache=True, nogil=True)
def linearise(conductance, row, column, parameters, gate, answer):
    """Current and slopes a and b of each of (arrays, rows, cols) cells, into `answer`."""
    arrays, rows, cols = conductance.shape
    for k in range(arrays):
        for r in range(rows):
            for c in range(cols):
                g, ends = conductance[k, r, c], (row[k, r, c], column[k, r, c])
                i, a, b, e, _, _ = settled(parameters, g, gate[r, c], ends[0], ends[1])
                answer[0, k, r, c] = i + e
                answer[1, k, r, c], answer[2, k, r, c] = a, b
