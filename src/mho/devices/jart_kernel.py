"""Compiled equations of JART VCM v1b with the explicit current of JART-TUD.

Inside, concentrations count in 1e26 m^-3, as the fit does; all that goes in and out is SI. One cell
is stepped at a time, so that a cell's numbers depend on its own random stream and never on the
thread that made them.

Sources: the rate equation is that of Bengel et al., IEEE TCAS-I 67 (2020) 4618 (JART VCM v1b); the
current is the variability-aware fit of Ntinas et al., SMACD 2023
(doi 10.1109/SMACD58065.2023.10192107).
"""

import math

from numba import njit

from .streams import cell_stream, uniform

PER_UNIT = 1e-26  # from m^-3
ELEMENTARY_CHARGE = 1.602e-19
BOLTZMANN_EV = 1.3807e-23 / 1.602e-19
CHARGE_NUMBER = 2.0  # of an oxygen vacancy
AMBIENT = 293.0
MOBILITY = 4e-6
PLUG_CONCENTRATION = 20.0
HOP = 0.25e-9
ATTEMPT_FREQUENCY = 2e13
ACTIVATION_EV = 1.35
THERMAL_RESISTANCE = 15.72e6
RESET_THERMAL_SCALE = 0.27
REFERENCE = 0.004  # the fit's unit of concentration
NOMINAL_RADIUS = 45e-9
NOMINAL_LENGTH = 0.4e-9
CELL_LENGTH = 3e-9
SERIES = 650.0 + 719.2437
SERIES_HEATING = 719.2437**2 * 3.92e-3 * 90471.47  # ohm per A^2: the line heats up

# Local error of a step in ln N. A noise-free SET then ends within 1e-5 of the limit of fine steps,
# a thousandth of the cycle noise.
TOLERANCE = 1e-6
# Below this curvature a midpoint step is exact to far less than TOLERANCE.
STRAIGHT = 2e-6

_compiled = njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz", "reassoc"})


@_compiled
def current_coefficients(v, radius, length):
    """What the current needs besides the concentration; constant while a pulse runs."""
    dr = (radius - NOMINAL_RADIUS) / (0.1 * NOMINAL_RADIUS)
    dl = (length - NOMINAL_LENGTH) / (0.1 * NOMINAL_LENGTH)
    if v >= 0.0:
        p5 = (1.3769e-3 + 2.3087e-4 * dr + 1.3293e-7 * dl) * -math.expm1(-0.081819 * v)
        p6 = 0.19687 + 0.026129 * dr - 0.021833 * v
        bend = -2.3728 - 9.0456e-3 * dr - 1.2221e-3 * dr * dr
        p7 = -97.606 - 0.74338 * dr + 0.11713 * dr * dr + 2.4377 * dl + 7.8250 * v
        p7 += (99.296 + 0.69547 * dr - 0.13724 * dr * dr + bend * dl) * math.exp(-0.071092 * v)
        p8 = 0.11713 - 3.8320e-3 * dl + 0.081370 * v
        p10 = 0.97733 + 5.9623e-5 * dl + 0.035214 * v + 0.012856 * v * v
        p11 = 0.94207 - 6.7239e-4 * dl + 0.038953 * v + 0.023436 * v * v
        return 0.0, 0.0, 1.0, p5, p6, p7, -math.log(p8), p10, 1.0 / p11
    numerator = (-2.7034e-3 - 1.8077e-4 * dr - 2.0831e-4 * dl) * v
    numerator += (-4.5379e-6 + 1.7313e-4 * dr - 8.9677e-5 * dl) * v * v
    denominator = 1.0 + (0.99115 + 5.7155e-3 * dr - 0.023237 * dl) * v
    denominator += (0.44093 - 9.7198e-4 * dr - 1.8507e-3 * dl) * v * v
    p1 = (1.1830 - 0.062246 * dr + 0.11419 * dl) * numerator / denominator
    p3 = 6.8845 + 0.12536 * dr + 0.25983 * dl + (-0.58995 + 0.065498 * dr + 0.085666 * dl) * v
    p4 = 2589.0 - (-2.9537 + 0.082522 * dr - 0.072255 * dl) * math.exp(0.54031 * v)
    p5 = (6.4705e-4 + 1.5169e-5 * dr + 1.3260e-6 * dl) * v
    p5 += (5.1529e-5 + 6.7042e-7 * dr + 1.0756e-6 * dr * dr) * v * v
    p7 = 0.11708 + 4.8662e-4 * dr + 3.7351e-3 * dl
    p9_low = 3.9052 - 0.54723 * dr + 0.036802 * dl
    p9 = p9_low + (9.6130 - p9_low) / (1.0 + math.exp((v + 0.45637) / (1.4310 + 0.36000 * dr)))
    p10 = 0.46925 + (3.4731 + 0.011444 * dr - 0.46925) / (1.0 + math.exp((v + 1.1871) / 0.56947))
    p11_low = 10.667 + 0.36290 * dr
    inverse_p11 = p11_low + (0.12812 - p11_low) / (1.0 + math.exp((v - 0.74414) / 0.42381))
    return p1, p3, p4, p5, 1.0, p7, p9, p10, inverse_p11


@_compiled
def current(coefficients, x):
    """Terminal current, A, at x = ln(N / 0.004e26 m^-3)."""
    p1, p3, p4, p5, p6, p7, p9, p10, inverse_p11 = coefficients
    saturating = p5 * math.exp(-inverse_p11 * math.log(p6 + p7 * math.exp(-p10 * (x - p9))))
    if p1 == 0.0:
        return saturating
    z = (x - p3) / p4  # |z| < 0.01: the series is exp(z) - 1 to the last digit
    curved = z * (1.0 + z / 2.0 * (1.0 + z / 3.0 * (1.0 + z / 4.0 * (1.0 + z / 5.0))))
    return p1 * (-2595.5 * curved + (x - p3)) + saturating


@_compiled
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


@_compiled
def _slope(v, coefficients, x, radius, length, n_min, n_max):
    i = current(coefficients, x)
    return growth(v, i, REFERENCE * math.exp(x), radius, length, n_min, n_max), v * i


@_compiled
def advance(v, duration, x, radius, length, n_min, n_max, low, high):
    """X = ln(N / 0.004e26 m^-3) after `duration` at constant voltage, and the energy it took.

    Bogacki-Shampine steps with error control between `low` and `high`; a pulse that moves almost
    nothing costs two evaluations.
    """
    coefficients = current_coefficients(v, radius, length)
    x = min(max(x, low), high)
    left = duration
    step = duration
    energy = 0.0
    k1, power1 = _slope(v, coefficients, x, radius, length, n_min, n_max)
    while left > 0.0:
        if k1 == 0.0 or (x >= high and k1 > 0.0) or (x <= low and k1 < 0.0):
            return x, energy + power1 * left
        step = min(step, left, 0.2 / abs(k1))
        k2, power2 = _slope(v, coefficients, x + 0.5 * step * k1, radius, length, n_min, n_max)
        straight = abs(step * (k2 - k1)) < STRAIGHT
        if straight:
            moved, work, growing = step * k2, step * power2, 2.0
        else:
            k3, power3 = _slope(v, coefficients, x + 0.75 * step * k2, radius, length, n_min, n_max)
            moved = step * (2.0 * k1 + 3.0 * k2 + 4.0 * k3) / 9.0
            work = step * (2.0 * power1 + 3.0 * power2 + 4.0 * power3) / 9.0
            k4, power4 = _slope(v, coefficients, x + moved, radius, length, n_min, n_max)
            error = abs(step * (-5.0 * k1 + 6.0 * k2 + 8.0 * k3 - 9.0 * k4)) / 72.0
            growing = min(max(0.9 * (error / TOLERANCE + 1e-9) ** (-1.0 / 3.0), 0.2), 3.0)
            if error > TOLERANCE:
                step *= growing
                continue
        limit = high if moved > 0.0 else low
        if abs(moved) >= abs(limit - x):  # the limit cuts the step short
            share = (limit - x) / moved
            x = limit
            energy += work * share
            left -= step * share
            k1, power1 = _slope(v, coefficients, x, radius, length, n_min, n_max)
            continue
        x += moved
        energy += work
        left -= step
        step *= growing
        if not straight:
            k1, power1 = k4, power4
        elif left > 0.0:
            k1, power1 = _slope(v, coefficients, x, radius, length, n_min, n_max)
    return x, energy


@_compiled
def _walk(value, nominal, factor, bound):
    return min(max(value * (1.0 + factor), nominal * (1.0 - bound)), nominal * (1.0 + bound))


@_compiled
def _wander(stream, n_min, n_max, radius, length, switched, nominal, walk):
    """One step of the random walk of every parameter of a filament."""
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
    return stream, n_min, n_max, radius, length


@njit(cache=True, nogil=True, error_model="numpy")
def pulse_cells(begin, end, amplitude, width, state, nominal, energy, limits, walk, interval, key):
    """Pulse some of the cells, in place.

    Args:
        begin: First cell to pulse.
        end: First cell not to pulse.
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
    """
    for cell in range(begin, end):
        if width[cell] == 0.0 or amplitude[cell] == 0.0:
            continue
        v = amplitude[cell]
        n = state[0, cell] * PER_UNIT
        n_min, n_max = state[1, cell] * PER_UNIT, state[2, cell] * PER_UNIT
        radius, length = state[3, cell], state[4, cell]
        x = math.log(n / REFERENCE)
        stream = cell_stream(key, cell)
        # A rest of an interval draws with the probability of its share, so that many short pulses
        # make as many random steps as one long pulse.
        whole = math.floor(width[cell] / interval + 1e-9)
        rest = max(width[cell] - whole * interval, 0.0) if whole > 0 else width[cell]
        for part in range(whole + 1):
            duration = interval if part < whole else rest
            if duration == 0.0:
                break
            low = math.log(max(limits[0] * PER_UNIT, n_min) / REFERENCE)
            high = math.log(min(limits[1] * PER_UNIT, n_max) / REFERENCE)
            x, work = advance(v, duration, x, radius, length, n_min, n_max, low, high)
            energy[cell] += work
            before, n = n, REFERENCE * math.exp(x)
            if part == whole:
                stream, draw = uniform(stream)
                if 0.5 * (draw + 1.0) >= duration / interval:
                    break
            room = n_max - before if v < 0.0 else before - n_min
            switched = abs(n - before) / max(room, 1e-12)
            stream, n_min, n_max, radius, length = _wander(
                stream, n_min, n_max, radius, length, switched, nominal[:, cell], walk
            )
        state[0, cell] = n / PER_UNIT
        state[1, cell] = n_min / PER_UNIT
        state[2, cell] = n_max / PER_UNIT
        state[3, cell] = radius
        state[4, cell] = length


@njit(cache=True, nogil=True, error_model="numpy")
def cell_currents(begin, end, voltage, state, out):
    """Current of some of the cells at their voltage.

    Args:
        begin: First cell.
        end: First cell not to read.
        voltage: (cells,), V.
        state: (5, cells), as in `pulse_cells`.
        out: (cells,), A. Filled.
    """
    for cell in range(begin, end):
        coefficients = current_coefficients(voltage[cell], state[3, cell], state[4, cell])
        x = math.log(state[0, cell] * PER_UNIT / REFERENCE)
        out[cell] = current(coefficients, x) if voltage[cell] != 0.0 else 0.0
