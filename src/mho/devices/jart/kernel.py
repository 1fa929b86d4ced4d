"""Compiled rate equation of JART VCM v1b, whatever the law of the current.

Inside, concentrations count in 1e26 m^-3, as the fits of the current do; all that goes in and out
is SI. One cell is stepped at a time, so that a cell's numbers depend on its own random stream and
never on the thread that made them.

Source: Bengel et al., IEEE TCAS-I 67 (2020) 4618 (JART VCM v1b).
"""

import math

from numba import njit

from mho.core.streams import cell_stream, uniform

from .currents import (
    AMBIENT,
    BOLTZMANN_EV,
    CELL_LENGTH,
    CHARGE_NUMBER,
    ELEMENTARY_CHARGE,
    MOBILITY,
    NOMINAL_RADIUS,
    PLUG_CONCENTRATION,
    REFERENCE,
    RESET_THERMAL_SCALE,
    SERIES,
    SERIES_HEATING,
    THERMAL_RESISTANCE,
    compiled,
    current,
    current_coefficients,
    hidden,
)

PER_UNIT = 1e-26  # from m^-3
HOP = 0.25e-9
ATTEMPT_FREQUENCY = 2e13
ACTIVATION_EV = 1.35

# Local error of a step in ln N. A noise-free SET then ends within 1e-5 of the limit of fine steps,
# a thousandth of the cycle noise.
TOLERANCE = 1e-6
# Below this change of rate times step, over a fifth of the step, a parabola errs by far less.
STRAIGHT = 8e-7
FARTHEST = 0.3  # that a step is tried for, in ln N at its first rate
# Of a step that the limit cuts short, the share from which on the cells move evenly in it.
NEARLY_ALL = 0.95


@compiled
def growth(v, i, n, radius, length, n_min, n_max):
    """D ln N / dt of vacancies hopping along the field, 1 / s."""
    rest = v - i * (SERIES + SERIES_HEATING * i * i)
    spreading = (NOMINAL_RADIUS / radius) ** 2 * THERMAL_RESISTANCE
    if v < 0.0:
        area = math.pi * radius * radius
        field = i / (n * 1e26 * CHARGE_NUMBER * ELEMENTARY_CHARGE * MOBILITY * area)
        full = n / n_max
    else:
        field = rest / CELL_LENGTH
        spreading *= RESET_THERMAL_SCALE
        full = n_min / n
    full2 = full * full
    full4 = full2 * full2
    window = 1.0 - full4 * full4 * full2
    if window <= 0.0:
        return 0.0
    kt = BOLTZMANN_EV * (AMBIENT + i * rest * spreading)
    gamma = CHARGE_NUMBER * HOP * field / (math.pi * ACTIVATION_EV)
    gamma = min(max(gamma, -0.999), 0.999)
    barrier = ACTIVATION_EV * (math.sqrt(1.0 - gamma * gamma) + gamma * math.asin(gamma))
    tilted = math.exp(ACTIVATION_EV * gamma * math.pi / 2.0 / kt)
    hops = 0.5 * (tilted - 1.0 / tilted) * math.exp(-barrier / kt)
    return -(PLUG_CONCENTRATION / n + 1.0) * HOP * ATTEMPT_FREQUENCY / length * window * hops


@hidden
def _slope(law, v, coefficients, x, filament):
    _, n_min, n_max, radius, length = filament
    i = current(law, coefficients, x)
    return growth(v, i, REFERENCE * math.exp(x), radius, length, n_min, n_max), v * i


@hidden
def _attempt(law, v, coefficients, x, filament, step, k1, p1):
    """What a step moves, dissipates and errs by; rate and power where it ends.

    Source: Dormand and Prince, J. Comput. Appl. Math. 6 (1980) 19; fifth order, with a fourth-order
    estimate.
    """
    k2, p2 = _slope(law, v, coefficients, x + step * k1 / 5, filament)
    if abs(step * (k2 - k1)) < STRAIGHT:
        return step * (2.5 * k2 - 1.5 * k1), step * (2.5 * p2 - 1.5 * p1), 0.0, k2, p2
    k = 3 / 40 * k1 + 9 / 40 * k2
    k3, p3 = _slope(law, v, coefficients, x + step * k, filament)
    k = 44 / 45 * k1 - 56 / 15 * k2 + 32 / 9 * k3
    k4, p4 = _slope(law, v, coefficients, x + step * k, filament)
    k = 19372 / 6561 * k1 - 25360 / 2187 * k2 + 64448 / 6561 * k3 - 212 / 729 * k4
    k5, p5 = _slope(law, v, coefficients, x + step * k, filament)
    k = 9017 / 3168 * k1 - 355 / 33 * k2 + 46732 / 5247 * k3 + 49 / 176 * k4 - 5103 / 18656 * k5
    k6, p6 = _slope(law, v, coefficients, x + step * k, filament)
    k = 35 / 384 * k1 + 500 / 1113 * k3 + 125 / 192 * k4 - 2187 / 6784 * k5 + 11 / 84 * k6
    p = 35 / 384 * p1 + 500 / 1113 * p3 + 125 / 192 * p4 - 2187 / 6784 * p5 + 11 / 84 * p6
    k7, p7 = _slope(law, v, coefficients, x + step * k, filament)
    e = 71 / 57600 * k1 - 71 / 16695 * k3 + 71 / 1920 * k4 - 17253 / 339200 * k5 + 22 / 525 * k6
    return step * k, step * p, abs(step * (e - k7 / 40)), k7, p7


@hidden
def drive(law, v, duration, filament, limits):
    """Filament after `duration` at constant voltage, and the energy it took.

    Steps in x = ln(N / 0.004e26 m^-3) with error control; a pulse that moves almost nothing costs
    two evaluations.
    """
    n, n_min, n_max, radius, length = filament
    low = math.log(max(limits[0] * PER_UNIT, n_min) / REFERENCE)
    high = math.log(min(limits[1] * PER_UNIT, n_max) / REFERENCE)
    coefficients = current_coefficients(law, v, radius, length)
    x = min(max(math.log(n / REFERENCE), low), high)
    left = step = duration
    energy = 0.0
    rate, power = _slope(law, v, coefficients, x, filament)
    while left > 0.0:
        if rate == 0.0 or (x >= high and rate > 0.0) or (x <= low and rate < 0.0):
            energy += power * left
            break
        step = min(step, left, FARTHEST / abs(rate))
        moved, work, error, end_rate, end_power = _attempt(
            law, v, coefficients, x, filament, step, rate, power
        )
        if not error <= TOLERANCE:  # far outside of where the law holds, it is no number
            step *= 0.9 * (error / TOLERANCE) ** -0.2 if error < 1e-3 else 0.2
            continue
        limit = high if moved > 0.0 else low
        share = (limit - x) / moved if moved != 0.0 else math.inf
        if share < NEARLY_ALL:
            step *= share
            continue
        if share <= 1.0:  # the limit cuts the step short
            x = limit
            energy += work * share
            left -= step * share
            rate, power = _slope(law, v, coefficients, x, filament)
        else:
            x += moved
            energy += work
            left -= step
            step *= min(0.9 * (error / TOLERANCE + 1e-9) ** -0.2, 5.0)
            rate, power = end_rate, end_power
    return (REFERENCE * math.exp(x), n_min, n_max, radius, length), energy


@hidden
def whole_intervals(width, interval):
    """Intervals of noise that fit into a pulse."""
    return math.floor(width / interval + 1e-9)


@hidden
def _walk(value, nominal, factor, bound):
    return min(max(value * (1.0 + factor), nominal * (1.0 - bound)), nominal * (1.0 + bound))


@hidden
def wander(stream, v, before, filament, nominal, walk):
    """One step of the random walk of every parameter of a filament."""
    n, n_min, n_max, radius, length = filament
    room = n_max - before if v < 0.0 else before - n_min
    switched = abs(n - before) / max(room, 1e-12)
    stream, draw = uniform(stream)
    n_max = _walk(n_max, nominal[1] * PER_UNIT, walk[1] * draw, walk[7])
    stream, draw = uniform(stream)
    n_min = _walk(n_min, nominal[0] * PER_UNIT, walk[0] * draw, walk[6])
    stream, draw = uniform(stream)
    stream, jump = uniform(stream)
    length = _walk(length, nominal[3], walk[3] * draw + switched * walk[5] * jump, walk[9])
    stream, draw = uniform(stream)
    stream, jump = uniform(stream)
    radius = _walk(radius, nominal[2], walk[2] * draw + switched * walk[4] * jump, walk[8])
    return stream, (n, n_min, n_max, radius, length)


@hidden
def loaded(state, cell):
    """Filament of a cell: concentration and its bounds, radius and length."""
    n, n_min, n_max = state[0, cell], state[1, cell], state[2, cell]
    return n * PER_UNIT, n_min * PER_UNIT, n_max * PER_UNIT, state[3, cell], state[4, cell]


@hidden
def store(filament, state, cell):
    """Put the filament of a cell back."""
    n, n_min, n_max, radius, length = filament
    state[0, cell], state[1, cell], state[2, cell] = (
        n / PER_UNIT,
        n_min / PER_UNIT,
        n_max / PER_UNIT,
    )
    state[3, cell], state[4, cell] = radius, length


@njit(cache=True, nogil=True, error_model="numpy")
def pulse_cells(
    begin,
    end,
    law,
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
    """Pulse some of the cells, in place.

    Args:
        begin: First cell to pulse.
        end: First cell not to pulse.
        law: Law of the current.
        amplitude: (cells,), V.
        width: (cells,), s.
        state: (5, cells): concentration, n_min, n_max (m^-3), radius, length (m).
        nominal: (4, cells): what n_min, n_max (m^-3), radius and length (m) walk around.
        energy: (cells,), J. Grows by what the pulse dissipates.
        limits: (2,), m^-3. Concentrations between which the operating point keeps a cell.
        walk: (10,): steps of n_min, n_max, radius, length; steps of radius and length for a full
            switching; bounds of n_min, n_max, radius, length. All relative.
        interval: s. Time after which the filament takes one random step; infinite without noise.
        key: Whole number that selects the random streams of this call.
        streams: (cells,). Where the random streams stand, for cells with intervals done.
        done: (cells,). Intervals of the pulse that are over.
    """
    for cell in range(begin, end):
        if width[cell] == 0.0 or amplitude[cell] == 0.0:
            continue
        v = amplitude[cell]
        filament = loaded(state, cell)
        stream = streams[cell] if done[cell] > 0 else cell_stream(key, cell)
        # A rest of an interval draws with the probability of its share, so that many short pulses
        # make as many random steps as one long pulse.
        whole = whole_intervals(width[cell], interval)
        rest = max(width[cell] - whole * interval, 0.0) if whole > 0 else width[cell]
        for part in range(done[cell], whole + 1):
            duration = interval if part < whole else rest
            if duration == 0.0:
                break
            before = filament[0]
            filament, work = drive(law, v, duration, filament, limits)
            energy[cell] += work
            if part == whole:
                stream, draw = uniform(stream)
                if 0.5 * (draw + 1.0) >= duration / interval:
                    break
            stream, filament = wander(stream, v, before, filament, nominal[:, cell], walk)
        store(filament, state, cell)


@njit(cache=True, nogil=True, error_model="numpy")
def cell_currents(begin, end, law, voltage, state, out):
    """Current of some of the cells at their voltage.

    Args:
        begin: First cell.
        end: First cell not to read.
        law: Law of the current.
        voltage: (cells,), V.
        state: (5, cells), as in `pulse_cells`.
        out: (cells,), A. Filled.
    """
    for cell in range(begin, end):
        coefficients = current_coefficients(law, voltage[cell], state[3, cell], state[4, cell])
        x = math.log(state[0, cell] * PER_UNIT / REFERENCE)
        out[cell] = current(law, coefficients, x) if voltage[cell] != 0.0 else 0.0
