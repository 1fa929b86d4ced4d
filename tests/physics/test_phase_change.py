"""Phase-change memory against the published statistics, with numbers written out."""

import math

import pytest
import torch

from mho import Pulse
from mho.devices import PhaseChange

DEVICE = PhaseChange.preset("nandakumar2019")
QUIET = DEVICE.noise_free()
SHAPE = (300, 300)


def programmed(device, level, seed=0, shape=SHAPE):
    """Cells after the SET pulse that leads a fresh noise-free one to `level` of 25 uS."""
    width = -1e-6 * math.log((25 - 25 * level) / 24.9)
    pulse = Pulse.uniform(shape, amplitude=1.0, width=width)
    generator = torch.Generator().manual_seed(seed)
    return device.apply(device.fabricate(shape, generator), pulse, generator)


def exact(value):
    return pytest.approx(value, rel=1e-9)


def test_a_pulse_relaxes_towards_its_bound():
    assert float(programmed(QUIET, 0.4, shape=(1, 1)).conductance) == exact(10e-6)


def test_energy_is_the_integral_of_the_power():
    width = -1e-6 * math.log(15 / 24.9)
    time = torch.linspace(0, width, 100_001, dtype=torch.float64)
    power = 25e-6 - 24.9e-6 * torch.exp(-time / 1e-6)
    energy = float(programmed(QUIET, 0.4, shape=(1, 1)).energy)
    assert energy == pytest.approx(float(torch.trapezoid(power, time)), rel=1e-8)


@pytest.mark.parametrize(("level", "sigma"), [(0.4, 0.861784e-6), (0.8, 1.084696e-6)])
def test_programming_leaves_the_published_deviation(level, sigma):
    # 0.26348 + 1.9650 g - 1.1731 g^2, uS
    conductance = programmed(DEVICE, level).conductance
    assert float(conductance.mean()) == pytest.approx(25e-6 * level, rel=2e-3)
    assert float(conductance.std()) == pytest.approx(sigma, rel=0.01)


def test_the_noise_free_drift_is_the_published_power_law():
    state = programmed(QUIET, 0.1, shape=(1, 1))
    exponent = 0.0244 - 0.0155 * math.log(0.1)
    assert float(state.exponent) == exact(exponent)
    later = QUIET.relax(state, 3600.0, torch.Generator())
    assert float(later.conductance) == exact(2.5e-6 * (3620 / 20) ** -exponent)
    assert float(programmed(QUIET, 0.9, shape=(1, 1)).exponent) == 0.049  # the lower limit


def test_two_times_of_drift_are_one():
    state = programmed(QUIET, 0.3)
    once = QUIET.relax(state, 5000.0, torch.Generator())
    twice = QUIET.relax(QUIET.relax(state, 2000.0, torch.Generator()), 3000.0, torch.Generator())
    torch.testing.assert_close(once.conductance, twice.conductance, rtol=1e-12, atol=0)


def test_the_exponent_spreads_as_published_and_belongs_to_the_cell():
    state = programmed(DEVICE, 0.1)
    assert float(state.exponent.mean()) == pytest.approx(0.0244 - 0.0155 * math.log(0.1), rel=0.02)
    # The spread is -0.0125 ln 0.1 - 0.0059 = 0.0229; programming noise adds a little.
    assert float(state.exponent.std()) == pytest.approx(0.0229, rel=0.1)
    later = DEVICE.relax(state, 1e4, torch.Generator())
    assert torch.equal(later.exponent, state.exponent)


def test_flicker_noise_grows_as_the_root_of_the_logarithm_of_time():
    state = programmed(QUIET, 0.5)
    for time in (1.0, 1e6):
        later = DEVICE.relax(state, time, torch.Generator().manual_seed(2))
        share = later.conductance / QUIET.relax(state, time, torch.Generator()).conductance - 1
        quality = 0.0088 * 0.5**-0.65
        expected = quality * math.sqrt(math.log((time + 20 + 250e-9) / 500e-9))
        assert float(share.std()) == pytest.approx(expected, rel=0.02)


def test_a_new_pulse_ends_the_drift():
    state = DEVICE.relax(programmed(DEVICE, 0.5), 1e5, torch.Generator().manual_seed(3))
    pulse = Pulse.uniform(SHAPE, amplitude=1.0, width=1e-8)
    after = DEVICE.apply(state, pulse, torch.Generator().manual_seed(4))
    assert float(after.age.max()) == 0.0
    assert torch.equal(after.conductance, after.programmed)
