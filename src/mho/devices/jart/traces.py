"""Conductance of JART cells at every step along a pulse.

A step is a noise interval or a part of one. As with `apply`, cells that a `RateTable` covers go
side by side in lanes, the others one by one through the full equations, and both draw from the same
random streams. Where the table may err about whether a target is reached, the current law decides.
"""

import math
from typing import Any, NamedTuple

from numba import njit
from numpy.typing import NDArray

from mho.core.streams import cell_stream, uniform

from .currents import REFERENCE, current, current_coefficients, hidden
from .kernel import drive, loaded, store, wander
from .lanes import (
    BEFORE,
    CELL,
    DUE,
    ENDS,
    LANES,
    LEFT,
    LENGTH_BIN,
    NEAR,
    RADIUS_BIN,
    SAMPLE,
    SIGN,
    SINCE,
    SLOW,
    TARGET,
    N,
    advance,
    enter,
    filament_in,
    leave,
    look,
    look_up,
    put,
    recall,
    remember,
    wander_where,
)
from .table import READ_ERROR, READ_TERMS, TERMS

Array = NDArray[Any]

BLOCK = 32  # steps of the lanes between two copies to the samples
# By how much a conductance of the table, in single precision, may err more than where it was tried.
SAFETY, ROUNDING = 3.0, 1e-7


class Course(NamedTuple):
    """What a trace does to every cell.

    Args:
        read: V. Voltage at which conductances are read.
        limits: (2,), m^-3. Concentrations between which the operating point keeps a cell.
        walk: (10,), as in `pulse_cells`.
        step: s. Time from one sample to the next.
        interval: s. Time after which the filament takes one random step; infinite without noise.
        every: Steps in an interval.
        key: Whole number that selects the random streams of this call.
    """

    read: float
    limits: tuple[float, float]
    walk: tuple[float, ...]
    step: float
    interval: float
    every: int
    key: int


class Traced(NamedTuple):
    """Cells to trace, and what comes of it.

    Args:
        amplitude: (cells,), V.
        steps: (cells,). Whole steps of the pulse.
        target: (cells,), S. Conductance to stop at, infinite to go on.
        rising: (cells,). Whether the target is above the cell.
        first: (cells,). Where a cell's samples begin.
        samples: (samples,), S. Filled.
        count: (cells,). Set to the samples of a cell; -1 for those not traced yet.
        state: (5, cells), as in `pulse_cells`. Changed in place.
        nominal: (4, cells), as in `pulse_cells`.
        energy: (cells,), J. Grows by what the steps dissipate.
    """

    amplitude: Array
    steps: Array
    target: Array
    rising: Array
    first: Array
    samples: Array
    count: Array
    state: Array
    nominal: Array
    energy: Array


@hidden
def _conductance(law, read, filament):
    n, _, _, radius, length = filament
    coefficients = current_coefficients(law, read, radius, length)
    return current(law, coefficients, math.log(n / REFERENCE)) / read


@hidden
def _reached(conductance, target, rising):
    return conductance >= target if rising else conductance <= target


@hidden
def _share_draws(stream, since, course):
    """Whether the part of an interval at the end of a pulse draws a step of the walk."""
    stream, draw = uniform(stream)
    return stream, 0.5 * (draw + 1.0) < since * course.step / course.interval


@njit(cache=True, nogil=True, error_model="numpy")
def trace_cells(begin, end, law, cells, course):
    """Trace those of some cells that are not traced yet, through the full equations.

    Args:
        begin: First cell to trace.
        end: First cell not to trace.
        law: Law of the current.
        cells: All of them.
        course: What happens to them.
    """
    for cell in range(begin, end):
        if cells.count[cell] >= 0:
            continue
        v, steps, since, taken = cells.amplitude[cell], cells.steps[cell], 0, 0
        stream, filament = cell_stream(course.key, cell), loaded(cells.state, cell)
        before = filament[0]
        while taken < steps:
            taken += 1
            if v != 0.0:
                filament, work = drive(law, v, course.step, filament, course.limits)
                cells.energy[cell] += work
                since += 1
                due = since == course.every
                if taken == steps and not due:
                    stream, due = _share_draws(stream, since, course)
                if due:
                    nominal = cells.nominal[:, cell]
                    stream, filament = wander(stream, v, before, filament, nominal, course.walk)
                    since, before = 0, filament[0]
            conductance = _conductance(law, course.read, filament)
            cells.samples[cells.first[cell] + taken - 1] = conductance
            if _reached(conductance, cells.target[cell], cells.rising[cell]):
                break
        if taken > 0 and v != 0.0:
            store(filament, cells.state, cell)
        cells.count[cell] = taken


@hidden
def _aim(lanes, k, readings, piece):
    """Polynomials of the conductance where a lane is, and from where on its target may be near."""
    s, counts = lanes.s, lanes.counts
    a, b = counts[RADIUS_BIN + k], counts[LENGTH_BIN + k]
    for term in range(READ_TERMS):
        lanes.c[(TERMS + term) * LANES + k] = readings.coefficients[a, b, piece, term]
    error = readings.error[a, b, piece]
    s[NEAR + k] = s[TARGET + k] * (s[SIGN + k] - SAFETY * error - ROUNDING)
    if error > READ_ERROR:
        counts[SLOW + k] = 1


@hidden
def _end_intervals(lanes, count, v, taken, cells, course):
    """Steps of the walk of the lanes whose noise interval, or whose pulse, ends here."""
    s, counts, x, any_ends = lanes.s, lanes.counts, lanes.streams, False
    for k in range(count):
        since = counts[SINCE + k] + taken
        due = since == course.every
        if not due and taken == counts[LEFT + k]:
            x[k], due = _share_draws(x[k], since, course)
        s[ENDS + k] = 1.0 if due else 0.0
        any_ends = any_ends or due
    if any_ends:
        wander_where(-1.0 if v > 0.0 else 1.0, s, x, course.walk)


@hidden
def _redo(lanes, k, law, v, cells, course):
    """A step in full, of a lane that its table does not do for, and the walk if it is due."""
    recall(lanes, k)
    cell, filament = lanes.counts[CELL + k], filament_in(lanes.s, k)
    before = filament[0]
    filament, work = drive(law, v, course.step, filament, course.limits)
    cells.energy[cell] += work
    if course.every == 1:
        stream, nominal = lanes.streams[k], cells.nominal[:, cell]
        stream, filament = wander(stream, v, before, filament, nominal, course.walk)
        lanes.streams[k] = stream
    put(filament, lanes.s, k)


@hidden
def _ask_the_law(lanes, count, law, read, taken, row, grid):
    """Exact conductances where the table may not do; whether any lane has reached its target."""
    s, counts, any_reached = lanes.s, lanes.counts, False
    for k in range(count):
        if counts[SLOW + k] or s[SIGN + k] * grid[row + k] >= s[NEAR + k]:
            conductance = _conductance(law, read, filament_in(s, k))
            grid[row + k] = conductance
            if _reached(conductance, s[TARGET + k], s[SIGN + k] > 0.0):
                counts[LEFT + k] = taken
                any_reached = True
    return any_reached


@njit(cache=True, nogil=True, error_model="numpy")
def trace_lanes(begin, end, lanes, grid, law, v, table, readings, cells, course):
    """Trace those of some cells that a table covers.

    Args:
        begin: First cell to look at.
        end: First cell not to look at.
        lanes: Empty ones.
        grid: (BLOCK * LANES,), S. Overwritten by the conductances of a block of steps.
        law: Law of the current.
        v: V. Voltage of the table.
        table: Of the law at this voltage.
        readings: Table of the conductance.
        cells: All of them.
        course: What happens to them.
    """
    s, c, counts, x = lanes.s, lanes.c, lanes.counts, lanes.streams
    count = counts[LEFT]  # 0, but as a literal it would have all that it is given to compiled anew
    up, samples, every = -1.0 if v > 0.0 else 1.0, cells.samples, course.every
    inside = (course.limits[0] * 1e-26, course.limits[1] * 1e-26)
    while True:
        for k in range(count - 1, -1, -1):
            if counts[LEFT + k] == 0:
                cell, count = counts[CELL + k], count - 1
                cells.count[cell] = counts[SAMPLE + k] - cells.first[cell]
                exact = _conductance(law, course.read, filament_in(s, k))
                samples[counts[SAMPLE + k] - 1] = exact
                leave(lanes, k, count, v, course.step, cells.state, cells.energy)
        while count < LANES and begin < end:
            if cells.amplitude[begin] == v and enter(
                lanes,
                count,
                course.key,
                cells.steps[begin],
                cells.state,
                cells.nominal,
                begin,
                course.limits,
                course.walk,
                table,
            ):
                s[TARGET + count] = cells.target[begin]
                s[SIGN + count] = 1.0 if cells.rising[begin] else -1.0
                counts[SAMPLE + count] = cells.first[begin]
                count += 1
            begin += 1
        if count == 0:
            break
        block, slow = BLOCK, False
        for k in range(count):
            if counts[DUE + k] == 0:
                _aim(lanes, k, readings, look_up(lanes, k, table, course.step))
            if counts[SLOW + k]:
                remember(lanes, k)
                slow = True
            block = min(block, counts[LEFT + k], counts[DUE + k])
            if every > 1:
                block = min(block, every - counts[SINCE + k])
        block = 1 if slow else block
        taken, arrived = 0, False
        while taken < block and not arrived:
            if every == 1:
                advance(1, count, up, s, x, c, inside, table.radius, course.walk)
            else:
                advance(1, count, up, s, x, c, inside, table.radius, None)
            row = taken * LANES
            taken += 1
            if slow:
                for k in range(count):
                    if counts[SLOW + k]:
                        _redo(lanes, k, law, v, cells, course)
            if every > 1 and taken == block:
                _end_intervals(lanes, count, v, taken, cells, course)
            near = look(count, s, c, table.radius, row, grid)
            if slow or near > 0.0:
                arrived = _ask_the_law(lanes, count, law, course.read, taken, row, grid)
        for k in range(count):
            counts[LEFT + k] -= taken
            counts[DUE + k] -= taken
            counts[SINCE + k] += taken
            if counts[SINCE + k] >= every:
                counts[SINCE + k], s[BEFORE + k] = 0, s[N + k]
            for j in range(taken):
                samples[counts[SAMPLE + k] + j] = grid[j * LANES + k]
            counts[SAMPLE + k] += taken
