"""VTEAM against its closed forms and an independent integration."""

import math

import pytest
import torch
from scipy.integrate import solve_ivp

from mho import Pulse
from mho.devices import VTEAM

DEVICE = VTEAM.preset("kvatinsky2015")


def pulse(amplitude, width):
    return Pulse.uniform((1, 1), amplitude=amplitude, width=width)


def fresh():
    return DEVICE.fabricate((1, 1), torch.Generator())


def test_a_set_pulse_moves_the_boundary_by_speed_times_time():
    after = DEVICE.apply(fresh(), pulse(-1.0, 2e-12), torch.Generator())
    assert float(after.position) == pytest.approx(3e-9 - 10 * 4**3 * 2e-12, rel=1e-12)


def test_between_the_thresholds_nothing_moves():
    for volt in (-0.2, -0.1, 0.01, 0.02):
        after = DEVICE.apply(fresh(), pulse(volt, 1.0), torch.Generator())
        assert torch.equal(after.position, fresh().position)
        assert float(after.energy) == pytest.approx(volt**2 / 1000.0, rel=1e-12)


def test_energy_agrees_with_an_integration_through_the_end_of_the_way():
    middle = DEVICE.apply(fresh(), pulse(-1.0, 3e-12), torch.Generator())
    start = float(middle.position)

    def power(t, energy):
        position = min(start + 5e-4 * 49 * t, 3e-9)
        return [1.0 / (50.0 + 950.0 * position / 3e-9)]

    after = DEVICE.apply(middle, pulse(1.0, 2e-7), torch.Generator())
    expected = solve_ivp(power, (0, 2e-7), [0.0], rtol=1e-10, atol=1e-20, max_step=1e-9)
    assert float(after.position) == 3e-9
    assert float(after.energy - middle.energy) == pytest.approx(expected.y[0, -1], rel=1e-7)


def test_a_sine_of_50_mhz_draws_a_pinched_loop_as_wide_as_the_integral_of_the_speed():
    state, steps, seen = fresh(), 400, []
    for k in range(2 * steps):
        volt = math.sin(2 * math.pi * (k + 0.5) / steps)
        state = DEVICE.apply(state, pulse(volt, 1 / 50e6 / steps), torch.Generator())
        current = float(DEVICE.current(state, torch.full((1, 1), volt, dtype=torch.float64)))
        assert current * volt > 0
        seen.append(current / volt)
    # The SET half wave goes all the way; the RESET half wave as far as its excess over 0.02 V.
    onset = math.asin(0.02)
    excess = 2 * math.cos(onset) / 0.02 - (math.pi - 2 * onset)
    way = 5e-4 * excess / (2 * math.pi * 50e6)
    assert max(seen[steps:]) == 1 / 50.0
    assert 1 / min(seen[steps:]) == pytest.approx(50.0 + 950.0 * way / 3e-9, rel=1e-3)
