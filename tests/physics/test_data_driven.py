"""Data-driven TiOx against the published bounds and an independent integration."""

import math

import pytest
import torch
from scipy.integrate import solve_ivp

from mho import Pulse
from mho.devices import DataDriven

DEVICE = DataDriven.preset("messaris2018")


def pulsed(state, amplitude, width):
    pulse = Pulse.uniform((1, 1), amplitude=amplitude, width=width)
    return DEVICE.apply(state, pulse, torch.Generator())


def driven(start, volt, width):
    """Resistance and energy by scipy, with the published rate written out."""

    def rate(t, y):
        resistance = min(max(y[0], 1600.0), 3000.0)
        if volt > 0:
            speed = 600.10075 * (math.exp(-volt / 0.0212028) - 1)
            bound = 2699.2336 - 672.930205 * volt
        else:
            speed = -34.5988399 * (math.exp(volt / 0.05343997) - 1)
            bound = 649.413746 - 1474.32358 * volt
        moving = speed * (resistance - bound) ** 2
        ended = (y[0] <= 1600.0 and volt > 0) or (y[0] >= 3000.0 and volt < 0)
        power = volt * 0.32046175 * math.sinh(2.71689828 * volt) / resistance
        return [0.0 if ended else moving, power]

    return solve_ivp(rate, (0, width), [start, 0.0], rtol=1e-10, atol=1e-16).y[:, -1]


@pytest.mark.parametrize(("volt", "width"), [(1.5, 3e-6), (2.0, 1e-6), (0.8, 1e-5)])
def test_set_and_reset_agree_with_another_integrator(volt, width):
    fresh = DEVICE.fabricate((1, 1), torch.Generator())
    down = pulsed(fresh, volt, width)
    resistance, energy = driven(float(fresh.resistance), volt, width)
    assert float(down.resistance) == pytest.approx(resistance, rel=1e-8)
    assert float(down.energy) == pytest.approx(energy, rel=1e-7)
    up = pulsed(down, -1.5, 10 * width)
    resistance, energy = driven(float(down.resistance), -1.5, 10 * width)
    assert float(up.resistance) == pytest.approx(resistance, rel=1e-8)
    assert float(up.energy - down.energy) == pytest.approx(energy, rel=1e-7)


def test_a_long_pulse_ends_at_the_bound_of_its_voltage_or_at_the_limit():
    fresh = DEVICE.fabricate((1, 1), torch.Generator())
    for volt, expected in ((1.0, 2026.303395), (2.0, 1600.0)):
        after = pulsed(fresh, volt, 1e3)
        assert float(after.resistance) == pytest.approx(expected, rel=1e-8)


def test_energy_through_the_limit_adds_the_time_at_rest():
    fresh = DEVICE.fabricate((1, 1), torch.Generator())
    short, long = pulsed(fresh, 2.0, 1e-3), pulsed(fresh, 2.0, 2e-3)
    power = 2.0 * float(DEVICE.current(short, torch.full((1, 1), 2.0, dtype=torch.float64)))
    assert float(long.energy - short.energy) == pytest.approx(1e-3 * power, rel=1e-12)


def test_a_cell_beyond_its_bound_stays_where_it_is():
    low = pulsed(DEVICE.fabricate((1, 1), torch.Generator()), 1.5, 1e-3)
    assert torch.equal(pulsed(low, 0.8, 1e-3).resistance, low.resistance)
