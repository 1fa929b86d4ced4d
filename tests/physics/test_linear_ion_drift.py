"""Linear ion drift against its closed forms and an independent integration."""

import math

import pytest
import torch
from scipy.integrate import solve_ivp

from mho import Pulse
from mho.devices import Biolek, Joglekar, LinearIonDrift

DRIFT = 1e-14 * 100.0 / 10e-9**2  # 1 / (A s), of the preset
START = 0.01


def pulsed(device, *, amplitude=1.0, width):
    state = device.fabricate((1, 1), torch.Generator())
    return device.apply(
        state, Pulse.uniform((1, 1), amplitude=amplitude, width=width), torch.Generator()
    )


def test_without_a_window_the_square_of_the_resistance_falls_linearly():
    device = LinearIonDrift.preset("strukov2008")
    after = pulsed(device, width=0.3)
    fresh = 1 / device.g_min
    square = fresh**2 - 2 * (16e3 - 100.0) * DRIFT * 0.3
    assert 1 / float(device.conductance(after)) == pytest.approx(math.sqrt(square), rel=1e-8)


def test_without_a_window_the_boundary_moves_by_the_charge():
    after = pulsed(LinearIonDrift.preset("strukov2008"), width=0.3)
    charge = float(after.energy) / 1.0  # 1 V
    assert float(after.share) - START == pytest.approx(DRIFT * charge, rel=1e-9)


def test_the_time_through_joglekar_s_window_is_its_integral():
    # With p = 1 the integral of R / (4 x (1 - x)) is R_off ln x - R_on ln(1 - x), over 4.
    after = pulsed(LinearIonDrift.preset("strukov2008", window=Joglekar()), width=1.0)
    x = float(after.share)
    integral = (16e3 * math.log(x / START) - 100.0 * math.log((1 - x) / (1 - START))) / 4
    assert integral / DRIFT == pytest.approx(1.0, rel=1e-7)


@pytest.mark.parametrize("window", [Joglekar(exponent=2), Biolek(exponent=2), Biolek(exponent=7)])
def test_share_and_energy_agree_with_another_integrator(window):
    def rate(t, y):
        one = torch.tensor([y[0]])
        current = 1.0 / (100.0 * y[0] + 16e3 * (1 - y[0]))
        return [DRIFT * current * float(window(one, torch.tensor([True]))), current]

    expected = solve_ivp(rate, (0, 0.5), [START, 0.0], rtol=1e-11, atol=1e-14).y[:, -1]
    after = pulsed(LinearIonDrift.preset("strukov2008", window=window), width=0.5)
    assert float(after.share) == pytest.approx(expected[0], rel=1e-7)
    assert float(after.energy) == pytest.approx(expected[1], rel=1e-6)


def test_the_windows_are_zero_where_the_boundary_stops():
    ends, rising = torch.tensor([0.0, 1.0]), torch.tensor([True, True])
    assert Joglekar(exponent=3)(ends, rising).tolist() == [0.0, 0.0]
    assert Biolek(exponent=3)(ends, rising).tolist() == [1.0, 0.0]
    assert Biolek(exponent=3)(ends, ~rising).tolist() == [0.0, 1.0]


def test_the_loop_is_pinched_and_shrinks_with_frequency():
    def area(frequency, steps=200):
        """Of both lobes of the current over the voltage, J / s per V / s."""
        device = LinearIonDrift.preset("strukov2008", window=Biolek())
        state = device.fabricate((1, 1), torch.Generator())
        lobes = 0.0
        for k in range(steps):
            phase = 2 * math.pi * (k + 0.5) / steps
            pulse = Pulse.uniform((1, 1), amplitude=math.sin(phase), width=1 / frequency / steps)
            state = device.apply(state, pulse, torch.Generator())
            current = float(device.current(state, pulse.amplitude))
            assert current * math.sin(phase) > 0  # it changes its sign only with the voltage
            lobes += abs(current) * math.cos(phase) * math.copysign(1.0, math.sin(phase))
        return abs(lobes) / steps

    assert area(10.0) < 0.2 * area(1.0)
