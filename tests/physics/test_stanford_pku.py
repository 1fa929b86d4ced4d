"""Stanford-PKU against an independent integration, its thresholds and its published range."""

import math

import pytest
import torch
from scipy.integrate import solve_ivp

from mho import Pulse
from mho.devices import GapFluctuation, StanfordPKU

DEVICE = StanfordPKU.preset("jiang2016")
KT = 8.617333262e-5


def pulsed(state, amplitude, width, device=DEVICE, seed=0):
    pulse = Pulse.uniform(state.energy.shape, amplitude=amplitude, width=width)
    return device.apply(state, pulse, torch.Generator().manual_seed(seed))


def at(gap, shape=(1, 1)):
    state = DEVICE.fabricate(shape, torch.Generator())
    return type(state)(torch.full_like(state.gap, gap), state.energy)


def driven(gap, volt, width):
    """Gap and energy by scipy, with the published equations written out."""

    def rate(t, y):
        current = 1e-3 * math.exp(-y[0] / 0.25) * math.sinh(volt / 0.25)
        kt = KT * (298 + 2.1e3 * volt * current)
        gamma = 16 - 0.8 * y[0] ** 3
        if gamma * abs(volt) / 12e-9 < 1.4e9:
            gamma = 0.0
        tilt = gamma * 0.25 / 12 * volt / kt
        return [-10e9 * math.exp(-0.6 / kt) * math.sinh(tilt), volt * current]

    solution = solve_ivp(rate, (0, width), [gap * 1e9, 0.0], "LSODA", rtol=1e-11, atol=1e-18)
    return solution.y[0, -1] * 1e-9, solution.y[1, -1]


@pytest.mark.parametrize(
    ("gap", "volt", "width"), [(1.6e-9, 1.5, 1e-8), (1.2e-9, 1.6, 2e-9), (0.3e-9, -1.5, 1e-10)]
)
def test_gap_and_energy_agree_with_another_integrator(gap, volt, width):
    after = pulsed(at(gap), volt, width)
    expected, energy = driven(gap, volt, width)
    assert abs(expected - gap) > 0.02e-9
    assert float(after.gap) == pytest.approx(expected, rel=1e-6)
    assert float(after.energy) == pytest.approx(energy, rel=1e-5)


def test_the_ends_of_the_range_are_the_published_resistances():
    low = pulsed(DEVICE.fabricate((1, 1), torch.Generator()), 1.5, 1.0)
    assert 1 / float(DEVICE.conductance(low)) == pytest.approx(542, rel=1e-12)
    assert 1 / float(DEVICE.conductance(pulsed(low, -1.5, 1.0))) == pytest.approx(218586, rel=1e-9)


def test_a_field_below_the_least_one_moves_nothing_and_stops_a_reset():
    assert float(pulsed(at(0.2e-9), 1.04, 1.0).gap) == 0.2e-9  # 16 * 1.04 V / 12 nm = 1.387 V / nm
    reach = ((16 - 1.4 * 12 / 1.2) / 0.8) ** (1 / 3)
    assert float(pulsed(at(0.3e-9), -1.2, 1e3).gap) == pytest.approx(reach * 1e-9, rel=1e-9)


def test_the_fluctuation_spreads_the_gap_as_the_root_of_the_time():
    # At a voltage that moves nothing else, the spread is delta / (1 + e^((Tc - T) / Ts)) * interval
    # * sqrt(number of draws).
    noisy = StanfordPKU.preset(
        "jiang2016", cycle_noise=GapFluctuation(strength=1e-4, interval=1e-8)
    )
    fresh = at(1.0e-9, (100, 100))
    power = 0.5 * float(DEVICE.current(at(1.0e-9), torch.full((1, 1), 0.5).double()))
    heated = 298 + 2.1e3 * power
    step = 1e-4 / (1 + math.exp((450 - heated) / 500)) * 1e-8
    for draws in (4, 16):
        after = pulsed(fresh, 0.5, draws * 1e-8, noisy)
        assert float(after.gap.std()) == pytest.approx(step * math.sqrt(draws), rel=0.03)


def test_a_triangle_draws_a_pinched_loop():
    state, steps, seen = at(1.6e-9), 80, []
    for k in range(steps):
        volt = 1.6 * (
            1 - abs(4 * (k + 0.5) / steps - 1)
            if k < steps // 2
            else abs(4 * (k + 0.5) / steps - 3) - 1
        )
        state = pulsed(state, volt, 1e-4 / steps)
        current = float(DEVICE.current(state, torch.full((1, 1), volt, dtype=torch.float64)))
        assert current * volt > 0
        seen.append(current)
    assert seen[30] > 10 * seen[9]  # falling and rising branch at the same voltage
    assert seen[70] > 2 * seen[49]  # less negative once the RESET has opened the gap
