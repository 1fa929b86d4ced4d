"""Pulses of many noise intervals, each of them one step out of a `RateTable`.

The random streams are those of `pulse_cells`, so both give the same cells within the error that the
table allows. Where the table says that an interval is too long or its polynomial too coarse, the
interval is integrated as `pulse_cells` does it.
"""

from numba import njit

from .kernel import drive, wander, whole_intervals
from .lanes import (
    CELL,
    DUE,
    LANES,
    LEFT,
    SLOW,
    advance,
    enter,
    filament_in,
    leave,
    look_up,
    put,
    recall,
    remember,
)


@njit(cache=True, nogil=True, error_model="numpy")
def leap_cells(
    begin,
    end,
    lanes,
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
        lanes: Empty ones.
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
    inside, up = (limits[0] * 1e-26, limits[1] * 1e-26), -1.0 if v > 0.0 else 1.0
    s, counts, x = lanes.s, lanes.counts, lanes.streams
    count = counts[LEFT]  # 0, but as a literal it would have all that it is given to compiled anew
    while True:
        for k in range(count - 1, -1, -1):
            if counts[LEFT + k] == 0:
                cell, count = counts[CELL + k], count - 1
                streams[cell], done[cell] = x[k], whole_intervals(width[cell], interval)
                leave(lanes, k, count, v, interval, state, energy)
        while count < LANES and begin < end:
            whole = whole_intervals(width[begin], interval)
            if amplitude[begin] == v and enter(
                lanes, count, key, whole, state, nominal, begin, limits, walk, table
            ):
                count += 1
            begin += 1
        if count == 0:
            break
        steps = counts[LEFT]
        for k in range(count):
            if counts[DUE + k] == 0:
                look_up(lanes, k, table, interval)
            if counts[SLOW + k]:
                remember(lanes, k)
            steps = min(steps, counts[LEFT + k], counts[DUE + k])
        advance(steps, count, up, s, x, lanes.c, inside, table.radius, walk)
        for k in range(count):
            counts[LEFT + k] -= steps
            counts[DUE + k] -= steps
            if counts[SLOW + k]:
                cell = counts[CELL + k]
                recall(lanes, k)
                filament = filament_in(s, k)
                for _ in range(steps):
                    before = filament[0]
                    filament, work = drive(law, v, interval, filament, limits)
                    energy[cell] += work
                    x[k], filament = wander(x[k], v, before, filament, nominal[:, cell], walk)
                put(filament, s, k)
