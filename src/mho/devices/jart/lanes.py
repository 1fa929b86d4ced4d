"""Cells side by side in the lanes of the processor's vectors, stepped by means of a `RateTable`.

Written so that the compiler fills vectors with lanes: no branches, no calls of exp or pow, and one
division for several quotients.
"""

from typing import Any, NamedTuple

import numpy as np

from mho.core.inner import inner
from mho.core.streams import cell_stream, scrambled

from .currents import hidden
from .kernel import loaded, store
from .table import TERMS, piece_bounds, piece_of

LANES = 16  # the compiler needs to know that rows are farther apart than a vector is long
# Rows of the lanes' numbers, each LANES long.
(
    N,
    N_MIN,
    N_MAX,
    RADIUS,
    LENGTH,
    CHARGE,  # integral of the current over time, in steps
    MIDDLE,  # of the piece of the table
    INVERSE,  # one over its half width
    SCALE,  # rate times step
    P_MIDDLE,
    P_INVERSE,
    Q_MIDDLE,
    Q_INVERSE,
    N_MIN_LOW,  # bounds of the walk
    N_MIN_HIGH,
    N_MAX_LOW,
    N_MAX_HIGH,
    RADIUS_LOW,
    RADIUS_HIGH,
    LENGTH_LOW,
    LENGTH_HIGH,
    BEFORE,  # N when the noise interval began, for those who step within one
    SIGN,  # 1 for a conductance on its way up to its target, -1 for one on its way down
    TARGET,  # S
    NEAR,  # of sign times conductance, from where on the target may be reached
    ENDS,  # 1 where the noise interval ends, for those who step within one
) = range(0, 26 * LANES, LANES)
ROWS = 26
# Rows of the lanes' whole numbers.
(
    CELL,
    LEFT,  # steps of its pulse
    DUE,  # steps until its piece of the table is looked up again
    SLOW,  # 1 where the table does not do, and the full equations are integrated
    RADIUS_BIN,
    LENGTH_BIN,
    SINCE,  # steps since the noise interval began
    SAMPLE,  # where the next one goes
) = range(0, 8 * LANES, LANES)
COUNTS = 8
WORTHWHILE = 32  # steps: pulses of fewer are not worth looking up a table
PATIENCE = 16  # steps in full before the table is asked again
# Consecutive states of a splitmix64 stream.
_GOLDEN = 0x9E3779B97F4A7C15
_1, _2, _3, _4, _5, _6 = (np.uint64(k * _GOLDEN & 0xFFFF_FFFF_FFFF_FFFF) for k in range(1, 7))

_FAST = {"contract", "arcp", "nsz", "reassoc", "nnan"}
_inlined = inner(forceinline=True, error_model="numpy", fastmath=_FAST)


@_inlined
def _plane1(c, j, p, q):
    """Polynomial of first order in p and q; its coefficients are LANES apart."""
    return c[j] + p * c[j + LANES] + q * c[j + 2 * LANES]


@_inlined
def _line3(c, j, p):
    return c[j] + p * (c[j + LANES] + p * (c[j + 2 * LANES] + p * c[j + 3 * LANES]))


@_inlined
def _plane3(c, j, p, q):
    line2 = c[j + 4 * LANES] + p * (c[j + 5 * LANES] + p * c[j + 6 * LANES])
    return _line3(c, j, p) + q * (line2 + q * _plane1(c, j + 7 * LANES, p, q))


@_inlined
def _plane5(c, j, p, q):
    p2 = p * p
    line5 = _line3(c, j, p) + p2 * p2 * (c[j + 4 * LANES] + p * c[j + 5 * LANES])
    line4 = _line3(c, j + 6 * LANES, p) + p2 * p2 * c[j + 10 * LANES]
    return line5 + q * (line4 + q * _plane3(c, j + 11 * LANES, p, q))


@_inlined
def _of_order5(c, j, p, q):
    """What a polynomial of fifth order has before the powers 0, 1 and 2 of N."""
    a0, a1 = _plane5(c, j, p, q), _plane3(c, j + 21 * LANES, p, q)
    return a0, a1, _plane1(c, j + 31 * LANES, p, q)


@_inlined
def _exp(z):
    """Exponential, to 4e-7 for |z| < 8 and to 3e-9 for |z| < 4."""
    z *= 0.03125
    e = 1 + z * (1 + z * (1 / 2 + z * (1 / 6 + z * (1 / 24 + z * (1 / 120 + z / 720)))))
    e *= e
    e *= e
    e *= e
    e *= e
    return e * e


@_inlined
def _bounded(value, low, high):
    return min(max(value, low), high)


@_inlined
def _walk(s, streams, k, switched, ends, walk):
    """One step of the walk of a lane, of no length and without a draw where `ends` is 0."""
    x, w = streams[k], ends
    n_max = s[N_MAX + k] * (1.0 + w * walk[1] * scrambled(x + _1))
    n_min = s[N_MIN + k] * (1.0 + w * walk[0] * scrambled(x + _2))
    jump_l, jump_r = switched * walk[5] * scrambled(x + _4), switched * walk[4] * scrambled(x + _6)
    length = s[LENGTH + k] * (1.0 + w * (walk[3] * scrambled(x + _3) + jump_l))
    r = s[RADIUS + k] * (1.0 + w * (walk[2] * scrambled(x + _5) + jump_r))
    streams[k] = x + _6 if w > 0.0 else x
    s[N_MAX + k] = _bounded(n_max, s[N_MAX_LOW + k], s[N_MAX_HIGH + k])
    s[N_MIN + k] = _bounded(n_min, s[N_MIN_LOW + k], s[N_MIN_HIGH + k])
    s[LENGTH + k] = _bounded(length, s[LENGTH_LOW + k], s[LENGTH_HIGH + k])
    s[RADIUS + k] = _bounded(r, s[RADIUS_LOW + k], s[RADIUS_HIGH + k])


@inner(cache=True, error_model="numpy", fastmath=_FAST)
def advance(steps, count, up, s, streams, c, limits, radius, walk):
    """Move the first `count` lanes by some steps.

    Args:
        steps: How many.
        count: Lanes.
        up: 1 for SET and -1 for RESET.
        s: Numbers of the lanes.
        streams: Their random streams.
        c: Their polynomials.
        limits: (2,), 1e26 m^-3. Concentrations between which the operating point keeps a cell.
        radius: m. Unit of radius in the table.
        walk: As in `pulse_cells`, of a noise interval that is one step; None where it is longer.
    """
    for _ in range(steps):
        for k in range(count):
            n_min, n_max, r, length = s[N_MIN + k], s[N_MAX + k], s[RADIUS + k], s[LENGTH + k]
            n = _bounded(s[N + k], limits[0], limits[1])
            room = max(n_max - n if up > 0.0 else n - n_min, 1e-12)
            bound = n_max if up > 0.0 else n
            # One division, since it takes as long as ten products: 1 / n, 1 / bound, 1 / room and
            # 1 / (r + radius) out of one over all four.
            n_bound, room_sum = n * bound, room * (r + radius)
            rest = 1.0 / (n_bound * room_sum)
            per_bound, per_room = rest * room_sum * n, rest * n_bound * (r + radius)
            per_n, per_sum = rest * room_sum * bound, rest * n_bound * room

            p = ((r - radius) * per_sum - s[P_MIDDLE + k]) * s[P_INVERSE + k]
            q = (length - s[Q_MIDDLE + k]) * s[Q_INVERSE + k]
            inverse = s[INVERSE + k]
            u = (n - s[MIDDLE + k]) * inverse
            a0, a1, a2 = _of_order5(c, k, p, q)
            full = (n if up > 0.0 else n_min) * per_bound
            full2 = full * full
            full4 = full2 * full2
            near = full4 * full4 * full2
            window = max(1.0 - near, 0.0)
            # Taylor's series of N over one step; h is the step, f the rate dN / dt.
            free = up * n * s[SCALE + k] * _exp(a0 + u * (a1 + u * a2))
            hf = free * window
            slope = (a1 + 2.0 * u * a2) * inverse
            h_df = free * (window * (per_n + slope) - up * 10.0 * near * per_n)
            bend = 2.0 * a2 * inverse * inverse - per_n * per_n
            moved = hf * (1.0 + h_df / 2.0 + (2.0 * h_df * h_df + hf * hf * bend) / 6.0)
            moved = _bounded(n + moved, limits[0], limits[1]) - n
            halfway = u + 0.5 * moved * inverse
            b0, b1 = _plane3(c, k + 34 * LANES, p, q), _plane1(c, k + 44 * LANES, p, q)
            s[CHARGE + k] += b0 + halfway * b1
            s[N + k] = n + moved
            if walk is not None:
                _walk(s, streams, k, abs(moved) * per_room, 1.0, walk)


@inner(cache=True, error_model="numpy", fastmath=_FAST)
def wander_where(up, s, streams, walk):
    """One step of the walk of those lanes whose noise interval `ENDS`.

    The loop is over all of them and has no rest that would be computed otherwise than in vectors:
    what a cell comes to must not depend on the lane that it is in.

    Args:
        up: 1 for SET and -1 for RESET.
        s: Numbers of the lanes.
        streams: Their random streams.
        walk: As in `pulse_cells`.
    """
    for k in range(LANES):
        before = s[BEFORE + k]
        room = max(s[N_MAX + k] - before if up > 0.0 else before - s[N_MIN + k], 1e-12)
        _walk(s, streams, k, abs(s[N + k] - before) / room, s[ENDS + k], walk)


@inner(cache=True, error_model="numpy", fastmath=_FAST)
def look(count, s, c, radius, row, samples):
    """Conductances of the first `count` lanes, and how many may have reached their targets.

    Args:
        count: Lanes.
        s: Numbers of the lanes.
        c: Their polynomials.
        radius: m. Unit of radius in the table.
        row: Where in the samples they go.
        samples: S. Filled.
    """
    near = 0.0
    for k in range(count):
        r = s[RADIUS + k]
        p = ((r - radius) / (r + radius) - s[P_MIDDLE + k]) * s[P_INVERSE + k]
        q = (s[LENGTH + k] - s[Q_MIDDLE + k]) * s[Q_INVERSE + k]
        u = (s[N + k] - s[MIDDLE + k]) * s[INVERSE + k]
        a0, a1, a2 = _of_order5(c, k + TERMS * LANES, p, q)
        conductance = a0 + u * (a1 + u * a2)
        samples[row + k] = conductance
        near += 1.0 if s[SIGN + k] * conductance >= s[NEAR + k] else 0.0
    return near


class Lanes(NamedTuple):
    """What the lanes hold; row after row, each LANES long.

    Args:
        s: (ROWS * LANES,). Numbers of the cells.
        c: (terms * LANES,). Coefficients of their polynomials.
        counts: (COUNTS * LANES,). Whole numbers.
        streams: (LANES,). Random streams.
        start: (ROWS * LANES,). The numbers as they were, for cells to be integrated in full.
        start_streams: (LANES,). The streams as they were.
    """

    s: Any
    c: Any
    counts: Any
    streams: Any
    start: Any
    start_streams: Any


def empty_lanes(terms: int) -> Lanes:
    """Lanes without cells, with room for polynomials of so many terms.

    Not compiled, since code that makes arrays takes long to compile.

    Args:
        terms: How many.
    """
    s, start = np.zeros(ROWS * LANES), np.zeros(ROWS * LANES)
    streams, start_streams = np.zeros(LANES, np.uint64), np.zeros(LANES, np.uint64)
    counts = np.zeros(COUNTS * LANES, np.int64)
    return Lanes(s, np.zeros(terms * LANES), counts, streams, start, start_streams)


@hidden
def filament_in(s, k):
    """Filament of a lane."""
    return s[N + k], s[N_MIN + k], s[N_MAX + k], s[RADIUS + k], s[LENGTH + k]


@hidden
def put(filament, s, k):
    """Set the filament of a lane."""
    s[N + k], s[N_MIN + k], s[N_MAX + k], s[RADIUS + k], s[LENGTH + k] = filament


@hidden
def enter(lanes, k, key, steps, state, nominal, cell, limits, walk, table):
    """Put a cell into a lane; False if the table does not cover its pulse.

    Whether it does depends on the cell and its pulse only: on the number of steps, on the nominal
    filament, and on whether the walk of its bounds stays outside the limits.
    """
    a, b = _bin(table.edges[0], nominal[2, cell]), _bin(table.edges[1], nominal[3, cell])
    low, high = nominal[0, cell] * (1.0 + walk[6]), nominal[1, cell] * (1.0 - walk[7])
    if steps < WORTHWHILE or low > limits[0] or high < limits[1] or a < 0 or b < 0:
        return False
    s, counts = lanes.s, lanes.counts
    put(loaded(state, cell), s, k)
    s[CHARGE + k], s[BEFORE + k] = 0.0, s[N + k]
    n_min, n_max = nominal[0, cell] * 1e-26, nominal[1, cell] * 1e-26
    radius, length = nominal[2, cell], nominal[3, cell]
    s[N_MIN_LOW + k], s[N_MIN_HIGH + k] = n_min * (1.0 - walk[6]), n_min * (1.0 + walk[6])
    s[N_MAX_LOW + k], s[N_MAX_HIGH + k] = n_max * (1.0 - walk[7]), n_max * (1.0 + walk[7])
    s[RADIUS_LOW + k], s[RADIUS_HIGH + k] = radius * (1.0 - walk[8]), radius * (1.0 + walk[8])
    s[LENGTH_LOW + k], s[LENGTH_HIGH + k] = length * (1.0 - walk[9]), length * (1.0 + walk[9])
    s[P_MIDDLE + k], s[P_INVERSE + k] = table.middle[0, a], table.inverse[0, a]
    s[Q_MIDDLE + k], s[Q_INVERSE + k] = table.middle[1, b], table.inverse[1, b]
    counts[RADIUS_BIN + k], counts[LENGTH_BIN + k] = a, b
    counts[CELL + k], counts[LEFT + k] = cell, steps
    counts[DUE + k], counts[SINCE + k] = 0, 0
    lanes.streams[k] = cell_stream(key, cell)
    return True


@hidden
def _bin(edges, value):
    """Bin of a nominal parameter, -1 outside of all."""
    slack = 1e-9 * edges[0]  # a cell cut at the limit of its spread is within
    if value < edges[0] - slack or value > edges[-1] + slack:
        return -1
    found = 0
    while found < edges.size - 2 and value >= edges[found + 1]:
        found += 1
    return found


@hidden
def look_up(lanes, k, table, duration):
    """Polynomials for where a lane is, for steps of some duration; the number of the piece.

    When a lane looks up its piece depends on its own way only, or cells would depend on others.
    """
    s, counts = lanes.s, lanes.counts
    a, b = counts[RADIUS_BIN + k], counts[LENGTH_BIN + k]
    piece = min(max(piece_of(s[N + k]) - table.first, 0), table.scale.shape[2] - 1)
    middle, half = piece_bounds(table.first + piece)
    s[MIDDLE + k], s[INVERSE + k] = middle, 1.0 / half
    s[SCALE + k] = table.scale[a, b, piece] * duration
    for term in range(TERMS):
        lanes.c[term * LANES + k] = table.coefficients[a, b, piece, term]
    slow = duration > table.longest[a, b, piece]
    counts[SLOW + k] = 1 if slow else 0
    counts[DUE + k] = PATIENCE if slow else int(table.pace[a, b, piece] / duration)
    return piece


@hidden
def _copy(source, k, target, j):
    """Copy one lane of some rows into another."""
    for row in range(0, source.size, LANES):
        target[row + j] = source[row + k]


@hidden
def remember(lanes, k):
    """Keep what a lane holds."""
    _copy(lanes.s, k, lanes.start, k)
    lanes.start_streams[k] = lanes.streams[k]


@hidden
def recall(lanes, k):
    """Put back what was kept."""
    _copy(lanes.start, k, lanes.s, k)
    lanes.streams[k] = lanes.start_streams[k]


@hidden
def leave(lanes, k, last, v, duration, state, energy):
    """Put a lane's cell back, and what the last lane holds into the lane."""
    cell = lanes.counts[CELL + k]
    store(filament_in(lanes.s, k), state, cell)
    energy[cell] += lanes.s[CHARGE + k] * abs(v) * duration
    _copy(lanes.s, last, lanes.s, k)
    _copy(lanes.c, last, lanes.c, k)
    _copy(lanes.counts, last, lanes.counts, k)
    lanes.streams[k] = lanes.streams[last]
