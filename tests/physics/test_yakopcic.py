"""Yakopcic's model against its closed forms and an independent integration."""

import math

import pytest
import torch
from scipy.integrate import solve_ivp
from scipy.special import exp1

from mho import Pulse
from mho.devices import Yakopcic

PRESETS = Yakopcic.presets()


def pulsed(device, state, amplitude, width):
    pulse = Pulse.uniform((1, 1), amplitude=amplitude, width=width)
    return device.apply(state, pulse, torch.Generator())


def at(device, share):
    state = device.fabricate((1, 1), torch.Generator())
    return type(state)(torch.full_like(state.share, share), state.energy)


def test_the_undampened_motion_is_linear():
    device = Yakopcic.preset("oblea2010")
    after = pulsed(device, at(device, 0.11), 0.25, 1e-4)
    way = 4000 * (math.exp(0.25) - math.exp(0.16)) * 1e-4
    assert float(after.share) == pytest.approx(0.11 + way, rel=1e-9)
    mean = 0.11 + way / 2
    power = 0.25 * 0.17 * math.sinh(0.05 * 0.25) * mean
    assert float(after.energy) == pytest.approx(power * 1e-4, rel=1e-9)


@pytest.mark.parametrize("name", PRESETS)
def test_the_dampened_set_is_an_exponential_integral(name):
    # With u = 1 - x the SET obeys du / dt = -c exp(alpha u) u, so that E1(alpha u) grows as c t.
    device = Yakopcic.preset(name)
    alpha, onset = device.set_decay, device.set_onset
    drive = device.set_speed * (math.exp(device.set_voltage) - math.exp(device.set_threshold))
    rate = drive * math.exp(-alpha * (1 - onset)) / (1 - onset)
    after = pulsed(device, at(device, 0.5), device.set_voltage, 0.5 / drive)
    grown = exp1(alpha * (1 - float(after.share))) - exp1(alpha * 0.5)
    assert grown == pytest.approx(rate * 0.5 / drive, rel=1e-6)


@pytest.mark.parametrize("name", PRESETS)
def test_reset_agrees_with_another_integrator(name):
    device = Yakopcic.preset(name)
    volt, n = device.reset_voltage, device.reset_onset
    drive = device.reset_speed * (math.exp(-volt) - math.exp(device.reset_threshold))
    scale = device.a_2 * math.sinh(device.b * volt)

    def rate(t, y):
        f = math.exp(device.reset_decay * (y[0] + n - 1)) * y[0] / (1 - n)
        return [-drive * (f if y[0] <= 1 - n else 1.0), volt * scale * y[0]]

    width = 0.7 / drive
    expected = solve_ivp(rate, (0, width), [0.8, 0.0], rtol=1e-11, atol=1e-14, max_step=width / 99)
    after = pulsed(device, at(device, 0.8), volt, width)
    assert float(after.share) == pytest.approx(expected.y[0, -1], rel=1e-6)
    assert float(after.energy) == pytest.approx(expected.y[1, -1], rel=1e-6)


@pytest.mark.parametrize("name", PRESETS)
def test_between_the_thresholds_nothing_moves(name):
    device = Yakopcic.preset(name)
    for volt in (device.set_threshold, -device.reset_threshold):
        assert float(pulsed(device, at(device, 0.5), volt, 1.0).share) == 0.5


def test_a_sine_of_100_hz_draws_a_pinched_loop():
    device = Yakopcic.preset("oblea2010")
    state, steps, seen = at(device, 0.11), 200, {}
    for k in range(2 * steps):
        volt = 0.45 * math.sin(2 * math.pi * (k + 0.5) / steps)
        state = pulsed(device, state, volt, 1e-2 / steps)
        current = float(device.current(state, torch.full((1, 1), volt, dtype=torch.float64)))
        assert current * volt > 0
        seen[k] = current / volt
    up, down = (
        steps + steps // 8,
        steps + 3 * steps // 8 - 1,
    )  # the same voltage, rising and falling
    assert seen[down] > 1.5 * seen[up]


def test_a_voltage_that_overflows_the_rate_is_refused_instead_of_integrated_for_ever():
    device = Yakopcic.preset("oblea2010")
    with pytest.raises(ValueError, match="`pulse` must be finite"):
        pulsed(device, at(device, 0.5), 1e3, 1e-6)
