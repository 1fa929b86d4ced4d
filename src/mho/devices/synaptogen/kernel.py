"""Compiled switching of Synaptogen cells: what a pulse switches, and what the next cycle brings.

Source of the switching rule: Hennen et al., Front. Neurosci. 16 (2022) 941753. The features of a
cycle stand in the order of `Fit`, with HRS in ohm.
"""

import math

from numba import njit

from mho.core.streams import cell_stream, normal_pair

HRS, SET, LRS, RESET = 0, 1, 2, 3
INSULATING, CONDUCTIVE, BETWEEN = 0, 1, 2  # phases: after a full RESET, a SET, a partial RESET

LN_10 = math.log(10.0)

_compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc"})


@_compiled
def _polynomial(coefficients, x):
    y = 0.0
    for coefficient in coefficients:
        y = y * x + coefficient
    return y


@_compiled
def _mixed(fit, mixing, v):
    """Current between the bounds, A: `mixing` is 0 at the conductive one and 1 at the other."""
    conductive = _polynomial(fit.conductive, v)
    return conductive + mixing * (_polynomial(fit.insulating, v) - conductive)


@_compiled
def _mixing_of(fit, resistance):
    return (fit.g_conductive - 1.0 / resistance) / (fit.g_conductive - fit.g_insulating)


@_compiled
def _partial_reset(fit, mixing, threshold, resistance, v):
    """Mixing after a partial RESET at `v`, for a cell whose RESET has come to `threshold`.

    From its onset on, the current falls to that of the full RESET along a power law. A cell is on
    that curve all the way, so that its mixing and threshold say which curve it is.
    """
    last = _mixed(fit, _mixing_of(fit, resistance), fit.full_reset)
    share = ((fit.full_reset - v) / (fit.full_reset - threshold)) ** fit.bend
    current = last + share * (_mixed(fit, mixing, threshold) - last)
    conductive = _polynomial(fit.conductive, v)
    return (current - conductive) / (_polynomial(fit.insulating, v) - conductive)


@njit(inline="always")  # as a call it would take a third longer, for its many arguments
def _next_cycle(stream, fit, noise, past, cells, cell):
    """Draw the features of a cell's next cycle out of its past."""
    population, history, features = cells[:3]
    stream, n0, n1 = normal_pair(stream)
    stream, n2, n3 = normal_pair(stream)
    b = fit.innovation
    x0 = noise * (b[0][0] * n0)
    x1 = noise * (b[1][0] * n0 + b[1][1] * n1)
    x2 = noise * (b[2][0] * n0 + b[2][1] * n1 + b[2][2] * n2)
    x3 = noise * (b[3][0] * n0 + b[3][1] * n1 + b[3][2] * n2 + b[3][3] * n3)
    memory = fit.memory
    remembered = memory.shape[1]
    for k in range(remembered):
        earlier = past[cell, k]
        x0 += memory[0, k] * earlier
        x1 += memory[1, k] * earlier
        x2 += memory[2, k] * earlier
        x3 += memory[3, k] * earlier
    for k in range(remembered - 4):
        history[cell, k + 4] = past[cell, k]
    x = (x0, x1, x2, x3)
    for j in range(4):
        history[cell, j] = x[j]
        shaped = _polynomial(fit.shape[j], x[j])
        features[cell, j] = population[cell, j] + population[cell, 4 + j] * shaped
    features[cell, HRS] = math.exp(LN_10 * features[cell, HRS])


@_compiled
def make_cells(noise, fit, cells, key):
    """Fill the state of freshly made cells, as after a full RESET.

    Args:
        noise: Spread from cycle to cycle, relative to the published one.
        fit: Parameters that every cell shares, a `Fit`.
        cells: Arrays of the state, as in `pulse_cells`; the population is given, and a history of
            zeros.
        key: Whole number that selects the random streams of this call.
    """
    _, history, features, mixing, threshold, _, _ = cells
    for cell in range(len(mixing)):
        _next_cycle(cell_stream(key, cell), fit, noise, history, cells, cell)
        mixing[cell] = _mixing_of(fit, features[cell, HRS])
        threshold[cell] = features[cell, RESET]


@_compiled
def pulse_cells(begin, end, pulse, noise, fit, past, cells, key):
    """Pulse some of the cells, in place.

    Args:
        begin: First cell to pulse.
        end: First cell not to pulse.
        pulse: Amplitude (cells,), V, and width (cells,), s.
        noise: Spread from cycle to cycle, relative to the published one.
        fit: Parameters that every cell shares, a `Fit`.
        past: (cells, 4 * order). History before the pulse; without cells if the pulse begins no
            cycle, so that the history is not touched.
        cells: Population (cells, 8), history (cells, 4 * order), to be filled out of the past,
            features (cells, 4), mixing (cells,), threshold (cells,), V, phase (cells,) and energy
            (cells,), J.
        key: Whole number that selects the random streams of this call.
    """
    amplitude, width = pulse
    _, history, features, mixing, threshold, phase, energy = cells
    for cell in range(begin, end):
        v = amplitude[cell]
        resets = phase[cell] != INSULATING and v > threshold[cell] and width[cell] > 0.0
        if resets and phase[cell] == CONDUCTIVE:
            _next_cycle(cell_stream(key, cell), fit, noise, past, cells, cell)
        elif len(past) > 0:
            history[cell] = past[cell]
        if width[cell] == 0.0:
            continue
        if resets:
            if v >= fit.full_reset:
                mixing[cell] = _mixing_of(fit, features[cell, HRS])
                phase[cell] = INSULATING
            else:
                last = features[cell, HRS]
                mixing[cell] = _partial_reset(fit, mixing[cell], threshold[cell], last, v)
                phase[cell] = BETWEEN
            threshold[cell] = v
        elif phase[cell] != CONDUCTIVE and v <= features[cell, SET]:
            mixing[cell] = _mixing_of(fit, features[cell, LRS])
            threshold[cell] = features[cell, RESET]
            phase[cell] = CONDUCTIVE
        energy[cell] += v * _mixed(fit, mixing[cell], v) * width[cell]


@_compiled
def cell_currents(begin, end, voltage, mixing, fit, out):
    """Current of some of the cells at their voltage.

    Args:
        begin: First cell.
        end: First cell not to read.
        voltage: (cells,), V.
        mixing: (cells,). Place of each cell between the bounds.
        fit: Parameters that every cell shares, a `Fit`.
        out: (cells,), A. Filled.
    """
    for cell in range(begin, end):
        out[cell] = _mixed(fit, mixing[cell], voltage[cell])
