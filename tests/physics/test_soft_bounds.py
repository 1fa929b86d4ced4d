"""Soft bounds against its closed form."""

import math

import pytest
import torch

from mho import Pulse
from mho.devices import SoftBounds


def test_set_relaxes_exponentially_towards_the_upper_bound(generator):
    device = SoftBounds(low=10e-6, high=100e-6, tau=1e-6)
    state = device.fabricate((1, 1), generator)
    after = device.apply(state, Pulse.uniform((1, 1), amplitude=1.0, width=2e-6), generator)
    assert float(after.conductance) == pytest.approx(100e-6 - 90e-6 * math.exp(-2), rel=1e-12)


def test_energy_is_the_integral_of_the_power(generator):
    device = SoftBounds()
    state = device.fabricate((1, 1), generator)
    after = device.apply(state, Pulse.uniform((1, 1), amplitude=1.0, width=2e-6), generator)
    time = torch.linspace(0, 2e-6, 100_001, dtype=torch.float64)
    power = 100e-6 - 90e-6 * torch.exp(-time / 1e-6)
    assert float(after.energy) == pytest.approx(float(torch.trapezoid(power, time)), rel=1e-8)


def test_half_the_voltage_is_slower_by_the_ratio_of_the_hyperbolic_sines(generator):
    device = SoftBounds(v0=0.2)
    state = device.fabricate((1, 1), generator)
    slower = math.sinh(5.0) / math.sinh(2.5)
    fast = device.apply(state, Pulse.uniform((1, 1), amplitude=1.0, width=1e-7), generator)
    slow = device.apply(state, Pulse.uniform((1, 1), amplitude=0.5, width=1e-7 * slower), generator)
    torch.testing.assert_close(fast.conductance, slow.conductance)


@pytest.mark.parametrize("noise", ["cycle_noise", "write_noise"])
def test_a_single_cell_has_noise_too(noise, generator):
    device = SoftBounds(**{noise: 0.1})
    fresh = device.fabricate((1, 1), generator)
    pulse = Pulse.uniform((1, 1), amplitude=1.0, width=1e-6)
    first, second = (device.conductance(device.apply(fresh, pulse, generator)) for _ in range(2))
    assert not torch.equal(first, second)


def test_later_pulses_do_not_build_upon_write_noise(generator):
    noisy, quiet = SoftBounds(write_noise=0.05), SoftBounds()
    pulse = Pulse.uniform((4, 4), amplitude=1.0, width=1e-6)
    states = [device.fabricate((4, 4), generator) for device in (noisy, quiet)]
    for _ in range(3):
        states = [
            device.apply(state, pulse, generator)
            for device, state in zip((noisy, quiet), states, strict=True)
        ]
    assert torch.equal(states[0].conductance, states[1].conductance)
    assert not torch.equal(states[0].read, states[1].read)
