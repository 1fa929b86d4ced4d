"""Compiled pulses of soft-bounds cells."""

import math

from numba import njit


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "arcp", "nsz", "reassoc"})
def pulse_cells(begin, end, pulse, cells, noise, after, device):
    """Pulse some of the cells.

    Args:
        begin: First cell to pulse.
        end: First cell not to pulse.
        pulse: Amplitude (V) and width (s) on each cell, each (cells,).
        cells: Conductance (S), speed and energy (J) before the pulse, each (cells,).
        noise: (cells,). Speed of this pulse over that of the cell; empty without noise.
        after: Conductance (S) and energy (J) after the pulse, each (cells,). Filled.
        device: Lower and upper bound (S), relaxation time at the SET voltage (s), voltage of an
            e-fold (V), SET voltage (V).
    """
    amplitude, width = pulse
    conductance, speed, energy = cells
    low, high, tau, v0, set_voltage = device
    unit = tau * math.sinh(abs(set_voltage) / v0)
    volt, law, bound = 0.0, 0.0, low
    noisy = noise.size > 0
    for cell in range(begin, end):
        if amplitude[cell] != volt:  # neighbours often get the same voltage
            volt = amplitude[cell]
            law = math.sinh(abs(volt) / v0) / unit
            bound = high if volt * set_voltage > 0.0 else low
        start, time = conductance[cell], width[cell]
        rate = speed[cell] * law * (noise[cell] if noisy else 1.0)
        # The closed form: two half pulses equal one whole pulse.
        share = -math.expm1(-rate * time)
        after[0][cell] = start + (bound - start) * share
        charge_time = start * time
        if share > 0.0:
            charge_time = bound * time - (bound - start) * share / rate
        after[1][cell] = energy[cell] + volt * volt * charge_time
