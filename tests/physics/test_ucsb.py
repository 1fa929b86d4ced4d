"""UCSB cells against the published formulas, with numbers written out."""

import warnings
from math import log, tanh

import pytest
import torch

from mho import Pulse
from mho.devices import UCSB

DEVICE = UCSB()


def at(conductance, shape=(1, 1)):
    state = DEVICE.fabricate(shape, torch.Generator())
    full = torch.full(shape, conductance, dtype=torch.float64)
    return type(state)(full, state.current_deviation, state.step_deviation, state.energy)


def step(state, amplitude, width):
    pulse = Pulse.uniform(state.energy.shape, amplitude=amplitude, width=width)
    return DEVICE.apply(state, pulse, torch.Generator()).conductance - state.conductance


@pytest.mark.parametrize(
    ("conductance", "c2", "c3", "c4"),
    [(12e-6, -3.729, 6.801, 7.582), (40e-6, -3.426, 5.946, 6.558), (150e-6, -3.422, 4.936, 5.840)],
)
def test_a_set_step_is_the_published_product_of_hyperbolic_tangents(conductance, c2, c3, c4):
    expected = 1.55e-4 * (1 - tanh(-0.47 * (log(5e-4) - c2))) * (tanh(c3 * 0.95 - c4) + 1)
    assert float(step(at(conductance), 0.95, 5e-4)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("conductance", "c1", "c2", "c4"),
    [(25e-6, 0.25, 3.63, -7.77), (80e-6, 0.21, 2.33, -7.30), (300e-6, 0.28, 1.68, -7.00)],
)
def test_a_reset_step_is_the_published_product_of_hyperbolic_tangents(conductance, c1, c2, c4):
    expected = -0.89e-4 * (-1 - tanh(c1 * (log(1e-3) - c2))) * (tanh(6.2 * -1.3 - c4) - 1)
    assert expected < 0
    assert float(step(at(conductance), -1.3, 1e-3)) == pytest.approx(expected, rel=1e-9)


def test_the_current_is_the_published_cubic():
    g, volt, celsius = 50e-6, 0.3, 25.0
    a1 = -2.58e-6 + 0.977 * g + 1.166e-7 * celsius
    a3 = 1.18 * g + 6596 * g**2 + 1.605e-3 * celsius**-1.33
    current = DEVICE.current(at(g), torch.full((1, 1), volt, dtype=torch.float64))
    assert float(current) == pytest.approx(a1 * volt + a3 * volt**3, rel=1e-12)
    assert float(current) / volt == pytest.approx(g, rel=0.2)


def test_device_spread_of_current_and_steps_is_the_published_one():
    spread = UCSB.preset("nili2020")
    state = spread.fabricate((200, 200), torch.Generator().manual_seed(0))
    g = torch.full((200, 200), 50e-6, dtype=torch.float64)
    state = type(state)(g, state.current_deviation, state.step_deviation, state.energy)
    current = spread.current(state, torch.full_like(g, 0.01))
    s1 = -1.07e-6 + 0.25 * 50e-6 + 2.2e-8 * 25 - 1300 * 50e-6**2
    assert float(current.std()) == pytest.approx(0.01 * s1, rel=0.02)
    lnt = log(5e-4)
    factor = -0.37 + 5e-3 * lnt**2 + 0.15 * lnt - 0.01 * lnt + 0.11  # at 1 V
    steps = step(state, 1.0, 5e-4)
    assert float(steps.std() / steps.mean()) == pytest.approx(abs(factor), rel=0.02)


def test_conductance_stays_in_the_range_of_the_fit():
    assert (
        float(
            DEVICE.apply(
                at(300e-6), Pulse.uniform((1, 1), amplitude=1.15, width=0.1), torch.Generator()
            ).conductance
        )
        == 316e-6
    )


@pytest.mark.parametrize(("amplitude", "width"), [(1.3, 1e-3), (-0.6, 1e-3), (1.0, 1e-8), (1.0, 1)])
def test_a_pulse_outside_the_published_limits_warns(amplitude, width):
    with pytest.warns(UserWarning, match=r"100 ns to 100 ms with 0\.8 V to 1\.15 V"):
        step(at(50e-6), amplitude, width)


def test_the_warning_comes_once():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        for _ in range(3):
            step(at(50e-6), 1.3, 1e-3)
    assert len(seen) == 1
