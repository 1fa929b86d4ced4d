"""Step devices against the published update rules, written in normalised weights."""

import math

import pytest
import torch

from mho import Pulse
from mho.devices import ExponentialStep, LinearStep, PowerStep, StepSpread

WIDTH = 1e-6

# dw_min, w_max, w_min, gamma_up, gamma_down of the published fits.
LINEAR = {
    "tang2018": (0.002, 1.1724, -0.8276, 0.1153, 0.5085),
    "kim2019": (2.8214e-4, 1.1714, -0.8286, 0.4152, 0.7342),
    "li2018": (0.005, 1.0, -1.0, 0.05, 0.05),
    "gokmen2016": (0.0016, 1.0, -1.0, 0.0, 0.0),
    "rasch2019": (0.0002, 1.0, -1.0, 0.0, 0.0),
    "gong2018": (0.002, 1.25, -0.75, 1.0, 1.0),
}


def pulsed(device, state, steps, up=True):
    amplitude = device.set_voltage if up else device.reset_voltage
    pulse = Pulse.uniform(state.energy.shape, amplitude=amplitude, width=steps * WIDTH)
    return device.apply(state, pulse, torch.Generator().manual_seed(0))


def at(device, share, shape=(1, 1)):
    state = device.fabricate(shape, torch.Generator())
    full = torch.full(shape, share, dtype=torch.float64)
    return type(state)(full, full, state.gain, state.bounds, state.energy)


@pytest.mark.parametrize("name", LINEAR)
def test_a_linear_preset_makes_the_published_step_of_the_weight(name):
    dw, w_max, w_min, gamma_up, gamma_down = LINEAR[name]
    assert set(LINEAR) == set(LinearStep.presets())
    device = LinearStep.preset(name).noise_free()
    for w in (0.9 * w_min, 0.2 * w_min, 0.6 * w_max):
        state = at(device, (w - w_min) / (w_max - w_min))
        up = w + dw * (1 - gamma_up * w / w_max)
        down = w - dw * (1 - gamma_down * w / w_min)
        for expected, direction in ((up, True), (down, False)):
            after = float(pulsed(device, state, 1, direction).share) * (w_max - w_min) + w_min
            assert after - w == pytest.approx(expected - w, rel=1e-7)


def test_the_exponential_preset_makes_the_published_step_of_the_weight():
    device = ExponentialStep.preset("gong2018").noise_free()
    for w in (-0.8, 0.0, 0.7):
        state, z = at(device, (w + 1) / 2), 2 * -0.5 * w / 2 - 0.5
        up = 0.00135 * (1 + 1.18445 * math.exp(5 * z))
        down = 0.00135 * (1 - 0.259359) * (1 + 0.081404 * math.exp(-5 * z))
        assert 2 * float(pulsed(device, state, 1).share) - 1 - w == pytest.approx(up, rel=1e-7)
        fallen = 2 * float(pulsed(device, state, 1, up=False).share) - 1 - w
        assert fallen == pytest.approx(-down, rel=1e-7)


def test_a_power_step_is_the_power_of_the_distance():
    device = PowerStep(up_step=0.01, up_power=2.0, down_step=0.02, down_power=0.5)
    assert float(pulsed(device, at(device, 0.4), 1).share) == pytest.approx(0.4 + 0.01 * 0.36)
    down = float(pulsed(device, at(device, 0.4), 1, up=False).share)
    assert down == pytest.approx(0.4 - 0.02 * math.sqrt(0.4))


def test_soft_bounds_counted_in_pulses_are_a_geometric_series():
    device = LinearStep(up_first=0.01, up_last=0.0)
    assert float(pulsed(device, at(device, 0.0), 70).share) == pytest.approx(1 - 0.99**70, rel=1e-9)


@pytest.mark.parametrize("device", [LinearStep(), ExponentialStep(), PowerStep()])
def test_a_pulse_of_ten_widths_is_ten_pulses(device):
    once, many = pulsed(device, at(device, 0.2), 10), at(device, 0.2)
    for _ in range(10):
        many = pulsed(device, many, 1)
    torch.testing.assert_close(once.share, many.share, rtol=1e-9, atol=0)
    torch.testing.assert_close(once.energy, many.energy, rtol=1e-9, atol=0)


def test_the_energy_of_constant_steps_is_that_of_a_ramp():
    device = LinearStep(up_first=0.01, up_last=0.01)
    after = pulsed(device, at(device, 0.0), 50)
    assert float(after.energy) == pytest.approx(50 * WIDTH * (10e-6 + 90e-6 * 0.25), rel=1e-9)


def test_noise_is_drawn_for_every_step():
    shape = (200, 200)
    for noise, spread in (({"cycle_noise": 0.5}, 0.005), ({"added_noise": 0.003}, 0.003)):
        device = LinearStep(up_first=0.01, up_last=0.01, **noise)
        for steps in (1, 16):
            after = pulsed(device, at(device, 0.3, shape), steps).share
            assert float(after.mean()) == pytest.approx(0.3 + 0.01 * steps, abs=1e-3)
            assert float(after.std()) == pytest.approx(spread * math.sqrt(steps), rel=0.02)


def test_write_noise_is_read_but_not_built_upon():
    device = LinearStep(up_first=0.01, up_last=0.01, write_noise=0.05)
    after = pulsed(device, at(device, 0.3, (200, 200)), 10)
    torch.testing.assert_close(after.share, torch.full_like(after.share, 0.4))
    assert float(after.read.std()) == pytest.approx(0.05, rel=0.02)
    read = (device.conductance(after) - 10e-6) / 90e-6
    torch.testing.assert_close(read, after.read)


def test_spread_is_that_asked_for():
    spread = StepSpread(step=0.1, asymmetry=0.03, low=0.01, high=0.02)
    device = LinearStep(device_spread=spread)
    state = device.fabricate((300, 300), torch.Generator().manual_seed(1))
    low, high = (state.bounds - torch.tensor([10e-6, 100e-6])[:, None, None].double()) / 90e-6
    assert float(low.std()) == pytest.approx(0.01, rel=0.01)
    assert float(high.std()) == pytest.approx(0.02, rel=0.01)
    up, down = state.gain
    assert float(((up + down) / 2).std()) == pytest.approx(0.1, rel=0.01)
    assert float(((up - down) / 2).std()) == pytest.approx(0.03, rel=0.01)


def test_set_and_reset_of_one_sign_are_refused():
    with pytest.raises(ValueError, match="`reset_voltage` must have the other sign"):
        LinearStep(reset_voltage=0.5)
