"""Pulses of many noise intervals: cells side by side in the lanes of the processor's vectors.

Each interval is one step of a Taylor series whose rate comes from a `RateTable`, followed by one
step of the walk. The random streams are those of `pulse_cells`, so both give the same cells within
the error that the table allows. Where the table says that an interval is too long or its polynomial
too coarse, the interval is integrated as `pulse_cells` does it.

Written so that the compiler fills vectors with lanes: no branches, no calls of exp or pow, and one
division for several quotients.
"""

import numpy as np
from numba import njit

from mho.core.streams import cell_stream, scrambled

from .currents import compiled
from .kernel import drive, loaded, store, wander, whole_intervals
from .table import piece_bounds, piece_of

LANES = 16  # the compiler needs to know that rows are farther apart than a vector is long
# Rows of the lanes' numbers, each LANES long.
(
    N,
    N_MIN,
    N_MAX,
    RADIUS,
    LENGTH,
    CHARGE,  # integral of the current over time, in intervals
    MIDDLE,  # of the piece of the table
    INVERSE,  # one over its half width
    SCALE,  # rate times interval
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
) = range(0, 21 * LANES, LANES)
ROWS = 21
WORTHWHILE = 32  # noise intervals: pulses of fewer are not worth looking up a table
TERMS = 47
SLOW = 16  # intervals in full before the table is asked again
# Consecutive states of a splitmix64 stream.
_GOLDEN = 0x9E3779B97F4A7C15
_1, _2, _3, _4, _5, _6 = (np.uint64(k * _GOLDEN & 0xFFFF_FFFF_FFFF_FFFF) for k in range(1, 7))

_inlined = njit(
    forceinline=True, error_model="numpy", fastmath={"contract", "arcp", "nsz", "reassoc", "nnan"}
)


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


@njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz", "reassoc", "nnan"})
def _step(steps, count, up, s, streams, c, limits, radius, walk):
    """Move the first `count` lanes by some intervals; `up` is 1 for SET and -1 for RESET."""
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
            a0, a1 = _plane5(c, k, p, q), _plane3(c, k + 21 * LANES, p, q)
            a2 = _plane1(c, k + 31 * LANES, p, q)
            full = (n if up > 0.0 else n_min) * per_bound
            full2 = full * full
            full4 = full2 * full2
            near = full4 * full4 * full2
            window = max(1.0 - near, 0.0)
            # Taylor's series of N over one interval; h is the interval, f the rate dN / dt.
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

            switched = abs(moved) * per_room
            x = streams[k]
            n_max *= 1.0 + walk[1] * scrambled(x + _1)
            n_min *= 1.0 + walk[0] * scrambled(x + _2)
            length *= 1.0 + walk[3] * scrambled(x + _3) + switched * walk[5] * scrambled(x + _4)
            r *= 1.0 + walk[2] * scrambled(x + _5) + switched * walk[4] * scrambled(x + _6)
            streams[k] = x + _6
            s[N + k] = n + moved
            s[N_MAX + k] = _bounded(n_max, s[N_MAX_LOW + k], s[N_MAX_HIGH + k])
            s[N_MIN + k] = _bounded(n_min, s[N_MIN_LOW + k], s[N_MIN_HIGH + k])
            s[LENGTH + k] = _bounded(length, s[LENGTH_LOW + k], s[LENGTH_HIGH + k])
            s[RADIUS + k] = _bounded(r, s[RADIUS_LOW + k], s[RADIUS_HIGH + k])


@compiled
def _filament(s, k):
    return s[N + k], s[N_MIN + k], s[N_MAX + k], s[RADIUS + k], s[LENGTH + k]


@compiled
def _put(filament, s, k):
    s[N + k], s[N_MIN + k], s[N_MAX + k], s[RADIUS + k], s[LENGTH + k] = filament


@compiled
def _enter(s, k, state, nominal, cell, walk, table, a, b):
    """Put a cell into a lane."""
    _put(loaded(state, cell), s, k)
    s[CHARGE + k] = 0.0
    n_min, n_max = nominal[0, cell] * 1e-26, nominal[1, cell] * 1e-26
    radius, length = nominal[2, cell], nominal[3, cell]
    s[N_MIN_LOW + k], s[N_MIN_HIGH + k] = n_min * (1.0 - walk[6]), n_min * (1.0 + walk[6])
    s[N_MAX_LOW + k], s[N_MAX_HIGH + k] = n_max * (1.0 - walk[7]), n_max * (1.0 + walk[7])
    s[RADIUS_LOW + k], s[RADIUS_HIGH + k] = radius * (1.0 - walk[8]), radius * (1.0 + walk[8])
    s[LENGTH_LOW + k], s[LENGTH_HIGH + k] = length * (1.0 - walk[9]), length * (1.0 + walk[9])
    s[P_MIDDLE + k], s[P_INVERSE + k] = table.middle[0, a], table.inverse[0, a]
    s[Q_MIDDLE + k], s[Q_INVERSE + k] = table.middle[1, b], table.inverse[1, b]


@compiled
def _clear(nominal, cell, limits, walk):
    """Whether the walk of a cell's bounds stays outside the limits of the operating point."""
    low = nominal[0, cell] * (1.0 + walk[6]) <= limits[0]
    return low and nominal[1, cell] * (1.0 - walk[7]) >= limits[1]


@compiled
def _bin(edges, value):
    """Bin of a nominal parameter, -1 outside of all."""
    slack = 1e-9 * edges[0]  # a cell cut at the limit of its spread is within
    if value < edges[0] - slack or value > edges[-1] + slack:
        return -1
    found = 0
    while found < edges.size - 2 and value >= edges[found + 1]:
        found += 1
    return found


@compiled
def _copy(source, k, target, j):
    """Copy a lane into another."""
    for row in range(0, source.size, LANES):
        target[row + j] = source[row + k]


@compiled
def _leave(s, k, v, interval, state, energy, cell):
    """Put a lane's cell back."""
    store(_filament(s, k), state, cell)
    energy[cell] += s[CHARGE + k] * abs(v) * interval


@compiled
def _look_up(s, c, k, table, a, b, piece, interval):
    """Polynomials for where a lane is."""
    middle, half = piece_bounds(table.first + piece)
    s[MIDDLE + k], s[INVERSE + k] = middle, 1.0 / half
    s[SCALE + k] = table.scale[a, b, piece] * interval
    for term in range(TERMS):
        c[term * LANES + k] = table.coefficients[a, b, piece, term]


@njit(cache=True, nogil=True, error_model="numpy")
def leap_cells(
    begin,
    end,
    law,
    v,
    table,
    amplitude,
    width,
    state,
    nominal,
    energy,
    limits,
    walk,
    interval,
    key,
    streams,
    done,
):
    """Pulse some of the cells by all their whole intervals, in place, where that is worth a table.

    Which cells these are depends on the cell and its pulse only, never on other cells: those with
    many intervals at the voltage of the table, with a nominal filament that the table has, and
    with a walk that stays clear of the limits.

    Args:
        begin: First cell to look at.
        end: First cell not to look at.
        law: Law of the current.
        v: V. Voltage of the table.
        table: Of the law at this voltage.
        amplitude: (cells,), V.
        width: (cells,), s.
        state: (5, cells), as in `pulse_cells`.
        nominal: (4, cells), as in `pulse_cells`.
        energy: (cells,), J. Grows by what the intervals dissipate.
        limits: (2,), m^-3. Concentrations between which the operating point keeps a cell.
        walk: (10,), as in `pulse_cells`.
        interval: s. Time after which the filament takes one random step.
        key: Whole number that selects the random streams of this call.
        streams: (cells,). Set to where the random streams stand.
        done: (cells,). Set to the intervals that are over.
    """
    s, c = np.zeros(ROWS * LANES), np.zeros(TERMS * LANES)
    inside = (limits[0] * 1e-26, limits[1] * 1e-26)
    bins = np.zeros((2, LANES), np.int64)
    held, left = np.zeros(LANES, np.int64), np.zeros(LANES, np.int64)
    # When a lane looks up its piece depends on its own way only, or cells would depend on others.
    due, slow = np.zeros(LANES, np.int64), np.zeros(LANES, np.bool_)
    x = np.zeros(LANES, np.uint64)
    start, start_x = np.zeros(ROWS * LANES), np.zeros(LANES, np.uint64)
    last = table.scale.shape[2] - 1
    count = 0
    while True:
        for k in range(count - 1, -1, -1):
            if left[k] == 0:
                cell = held[k]
                _leave(s, k, v, interval, state, energy, cell)
                streams[cell], done[cell] = x[k], whole_intervals(width[cell], interval)
                count -= 1
                _copy(s, count, s, k)
                _copy(c, count, c, k)
                held[k], left[k], x[k] = held[count], left[count], x[count]
                due[k], slow[k] = due[count], slow[count]
                bins[0, k], bins[1, k] = bins[0, count], bins[1, count]
        while count < LANES and begin < end:
            cell = begin
            begin += 1
            whole = whole_intervals(width[cell], interval)
            if (
                amplitude[cell] != v
                or whole < WORTHWHILE
                or not _clear(nominal, cell, limits, walk)
            ):
                continue
            a, b = _bin(table.edges[0], nominal[2, cell]), _bin(table.edges[1], nominal[3, cell])
            if a < 0 or b < 0:
                continue
            bins[0, count], bins[1, count] = a, b
            _enter(s, count, state, nominal, cell, walk, table, a, b)
            held[count], due[count], x[count] = cell, 0, cell_stream(key, cell)
            left[count] = whole
            count += 1
        if count == 0:
            break
        steps = left[0]
        for k in range(count):
            if due[k] == 0:
                a, b = bins[0, k], bins[1, k]
                piece = min(max(piece_of(s[N + k]) - table.first, 0), last)
                _look_up(s, c, k, table, a, b, piece, interval)
                slow[k] = interval > table.longest[a, b, piece]
                due[k] = SLOW if slow[k] else int(table.pace[a, b, piece] / interval)
            if slow[k]:
                _copy(s, k, start, k)
                start_x[k] = x[k]
            steps = min(steps, left[k], due[k])
        _step(steps, count, -1.0 if v > 0.0 else 1.0, s, x, c, inside, table.radius, walk)
        for k in range(count):
            left[k] -= steps
            due[k] -= steps
            if slow[k]:
                cell = held[k]
                _copy(start, k, s, k)
                x[k] = start_x[k]
                filament = _filament(s, k)
                for _ in range(steps):
                    before = filament[0]
                    filament, work = drive(law, v, interval, filament, limits)
                    energy[cell] += work
                    x[k], filament = wander(x[k], v, before, filament, nominal[:, cell], walk)
                _put(filament, s, k)
