"""Long pulses with noise: steps out of a table beside the full equations.

A voltage that differs in its last digit from the operating point's has no table, so the same cells
with the same noise go through the full equations.
"""

import math
from dataclasses import replace

import pytest
import torch

from mho import Pulse
from mho.devices import FilamentSpread, FilamentWalk, JartFit2022, JartTUD, JartV1b
from mho.devices.jart import currents, kernel, table

STILL = FilamentWalk(
    n_min=0, n_max=0, radius=0, length=0, switched_radius=0, switched_length=0, interval=10e-9
)

LOW, HIGH = math.log(0.06 / 0.004), math.log(1.9897452127440086 / 0.004)


def noisy(model, interval, **changes):
    device = model.preset("yu2022", **changes)
    return replace(device, cycle_noise=replace(device.cycle_noise, interval=interval))


def switched(device, state, amplitude, width, seed=3):
    pulse = Pulse.uniform(state.energy.shape, amplitude=amplitude, width=width)
    return device.apply(state, pulse, torch.Generator().manual_seed(seed))


def fresh(device, shape=(4, 5), seed=1):
    return device.fabricate(shape, torch.Generator().manual_seed(seed))


LAWS = {
    JartTUD: (currents.fit_2023, currents.explicit),
    JartFit2022: (currents.fit_2022, currents.explicit),
    JartV1b: (currents.filament, currents.implicit),
}


def runge_kutta(model, v, x, width, steps=200):
    """Logarithm of the concentration after a pulse on a nominal cell, and the energy."""
    coefficients, current = LAWS[model]
    coefficients = coefficients(v, 45e-9, 0.4e-9)

    def slope(x):
        i = current(coefficients, x)
        return kernel.growth(v, i, 0.004 * math.exp(x), 45e-9, 0.4e-9, 0.008, 20.0), v * i

    h, energy = width / steps, 0.0
    for _ in range(steps):
        k1, p1 = slope(x)
        k2, p2 = slope(x + h / 2 * k1)
        k3, p3 = slope(x + h / 2 * k2)
        k4, p4 = slope(x + h * k3)
        x = min(max(x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), LOW), HIGH)
        energy += h / 6 * (p1 + 2 * p2 + 2 * p3 + p4)
    return x, energy


@pytest.mark.parametrize("model", LAWS)
@pytest.mark.parametrize("direction", ["set", "reset"])
def test_a_whole_switching_without_noise_follows_the_full_equations(model, direction):
    device = model(cycle_noise=STILL)
    amplitude = getattr(device, f"{direction}_voltage")
    state, energy, x = fresh(device, (1, 1)), 0.0, LOW if direction == "set" else HIGH
    state.filament[0] = 0.004e26 * math.exp(x)
    exact = replace(state, filament=state.filament.clone())
    for _ in range(20):
        state = switched(device, state, amplitude, 0.5e-3)
        x, work = runge_kutta(model, amplitude, x, 0.5e-3)
        energy += work
        exact.filament[0] = 0.004e26 * math.exp(x)
        error = device.conductance(state) / device.conductance(exact) - 1
        assert abs(float(error)) < 1e-4
        assert float(state.energy) == pytest.approx(energy, rel=1e-4)


@pytest.mark.parametrize("spread", [None, FilamentSpread()])
@pytest.mark.parametrize(("interval", "width"), [(10e-9, 20e-6), (1e-6, 1e-3), (1e-6, 6e-3)])
def test_the_same_noise_gives_the_same_cells(interval, width, spread):
    device = noisy(JartTUD, interval, device_spread=spread)
    start = fresh(device)
    leapt = switched(device, start, device.set_voltage, width)
    full = switched(device, start, math.nextafter(device.set_voltage, 0), width)
    torch.testing.assert_close(leapt.filament[1:3], full.filament[1:3], rtol=1e-12, atol=0)
    torch.testing.assert_close(leapt.filament[3:], full.filament[3:], rtol=1e-6, atol=0)
    torch.testing.assert_close(
        device.conductance(leapt), device.conductance(full), rtol=1e-3, atol=0
    )
    torch.testing.assert_close(leapt.energy, full.energy, rtol=1e-3, atol=0)
    assert not torch.equal(leapt.filament, full.filament)  # or nothing was compared


def test_a_reset_at_a_fast_operating_point_follows_the_full_equations():
    device = noisy(JartTUD, 1e-9, set_voltage=-0.4713, reset_voltage=0.9726)
    start = switched(device, fresh(device), device.set_voltage, 10e-6)
    leapt = switched(device, start, device.reset_voltage, 1e-6)
    full = switched(device, start, math.nextafter(device.reset_voltage, 0), 1e-6)
    conductance = device.conductance(leapt)
    assert conductance.max() > 1.5 * conductance.min()
    torch.testing.assert_close(conductance, device.conductance(full), rtol=1e-4, atol=0)


def test_cells_of_unequal_pulses_do_not_depend_on_their_neighbours():
    device = noisy(JartTUD, 1e-6)
    start = fresh(device, (1, 40))
    width = torch.linspace(0.1e-3, 6e-3, 40, dtype=torch.float64)[None]
    amplitude = torch.full_like(width, device.set_voltage)
    amplitude[0, ::3] = device.reset_voltage
    together = device.apply(start, Pulse(amplitude, width), torch.Generator().manual_seed(3))
    assert device.conductance(together).max() > 5 * device.conductance(together).min()
    for cell in (0, 7, 35, 37, 38, 39):
        alone = torch.arange(40)[None] == cell
        pulse = Pulse(amplitude, width).where(alone)
        after = device.apply(start, pulse, torch.Generator().manual_seed(3))
        assert torch.equal(after.filament[:, alone], together.filament[:, alone])


def test_leaps_do_not_depend_on_the_number_of_threads(monkeypatch):
    device, states = noisy(JartTUD, 1e-6), []
    for threads in ("1", "3"):
        monkeypatch.setenv("MHO_THREADS", threads)
        state = switched(device, fresh(device, (25, 41)), device.set_voltage, 3e-3)
        states.append(state.filament)
    assert torch.equal(*states)


def test_a_piece_whose_polynomial_is_too_coarse_is_integrated_in_full(monkeypatch):
    device = noisy(JartTUD, 10e-9)
    start = fresh(device)
    full = switched(device, start, math.nextafter(device.set_voltage, 0), 1e-6)

    def too_coarse(law, voltage, covered):
        table = rate_table(law, voltage, covered)
        return table._replace(longest=0 * table.longest)

    rate_table = table.rate_table
    monkeypatch.setattr(table, "rate_table", too_coarse)
    slow = switched(device, start, device.set_voltage, 1e-6)
    torch.testing.assert_close(slow.filament, full.filament, rtol=1e-12, atol=0)
    torch.testing.assert_close(slow.energy, full.energy, rtol=1e-12, atol=0)
