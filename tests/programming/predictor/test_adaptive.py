"""The adaptive predictor: what it knows of a population, and what a cell's past changes."""

from dataclasses import replace

import pytest
import torch

from mho import SimulatedBench, program
from mho.core import Past, Pulse
from mho.core.random import generator
from mho.devices import SoftBounds
from mho.programming.predictor import (
    AdaptivePredictor,
    Deviations,
    Population,
    PulsePredictor,
    Recording,
    SquaredTime,
    Stage,
)

RECORDING = Recording(cells=100, targets=5, warm_up=2, step=2e-8, longest=1e-4)
BRIEF = (Stage(loss=SquaredTime(), epochs=30, learning_rate=3e-3, final_learning_rate=1e-4),)


@pytest.fixture(scope="module")
def device():
    return SoftBounds(device_spread=0.3, cycle_noise=0.05)


@pytest.fixture(scope="module")
def adaptive(device):
    predictor = PulsePredictor(recording=RECORDING, stages=BRIEF)
    return AdaptivePredictor(predictor=predictor, cells=60, pulses=40).fit(device)


def drawn(mean, spread, noise, cells=400, pulses=100, turn=1.0):
    """Deviations of cells that are drawn anew by a part after every pulse."""
    source = generator(3)
    mean, factor = torch.tensor(mean).double(), torch.linalg.cholesky(torch.tensor(spread).double())
    normal = torch.randn(pulses, cells, 2, dtype=torch.float64, generator=source) @ factor.T
    kept, course = turn, [normal[0]]
    for new in normal[1:]:
        course.append(kept * course[-1] + (1 - kept**2) ** 0.5 * new)
    upwards = torch.rand(pulses, 1, cells, generator=source) < 0.5
    value = mean + torch.stack(course)
    value = torch.where(upwards, value[..., 0][:, None], value[..., 1][:, None])
    value = value + noise**0.5 * torch.randn(value.shape, dtype=torch.float64, generator=source)
    return Deviations(value, upwards, torch.ones_like(upwards))


def test_a_population_is_found_in_what_its_cells_did():
    spread = [[0.5, 0.3], [0.3, 0.4]]
    found = Population.fit(drawn([0.7, -0.2], spread, 0.3))
    assert found.mean == pytest.approx((0.7, -0.2), abs=0.1)
    assert found.noise == pytest.approx((0.3, 0.3), rel=0.1)
    torch.testing.assert_close(
        torch.tensor(found.spread), torch.tensor(spread), rtol=0.25, atol=0.05
    )
    assert found.memory == 1000.0


def test_cells_that_change_are_remembered_for_as_long_as_they_stay():
    found = Population.fit(drawn([0.0, 0.0], [[1.0, 0.9], [0.9, 1.0]], 0.1, turn=0.9))
    assert found.memory <= 20.0


def test_the_excess_is_the_posterior_mean_of_normal_numbers():
    population = Population(
        mean=(0.5, 0.0), spread=((0.4, 0.0), (0.0, 0.4)), noise=(0.2, 0.2), memory=1e9
    )
    value = torch.tensor([1.1, 0.9, 1.3]).double()[:, None, None]
    up = torch.ones(3, 1, 1, dtype=torch.bool)
    excess = population.excess(Deviations(value, up, up))
    expected = (0.6 + 0.4 + 0.8) / 0.2 / (1 / 0.4 + 3 / 0.2)
    torch.testing.assert_close(excess.flatten(), torch.tensor([expected, 0.0]).double())


def test_before_its_first_pulse_a_cell_gets_what_the_predictor_says(adaptive):
    here, target = torch.full((1, 2), 30e-6).double(), torch.tensor([[20e-6, 60e-6]]).double()
    pulse, plain = adaptive.pulse(here, target), adaptive.predictor.pulse(here, target)
    assert torch.equal(pulse.width, plain.width)


def test_a_slow_cell_gets_longer_pulses(adaptive):
    before, after, target = (torch.full((1, 1), g * 1e-6).double() for g in (30, 50, 70))
    usual = adaptive.predictor.pulse(before, after)
    mean = torch.tensor(adaptive.population.mean[0]).exp()

    def factor(slower):
        past = Past().then(before, Pulse(usual.amplitude, slower * mean * usual.width))
        plain = adaptive.predictor.pulse(after, target)
        return (adaptive.pulse(after, target, past).width / plain.width).item()

    assert factor(1.0) == pytest.approx(1.0, abs=1e-6)
    assert factor(0.5) < 0.95 < 1.05 < factor(2.0)


def test_pulses_that_led_nowhere_or_the_wrong_way_tell_nothing(adaptive):
    before, target = torch.full((1, 1), 30e-6).double(), torch.full((1, 1), 70e-6).double()
    sent = adaptive.predictor.pulse(before, target)
    for after in (before, 0.8 * before, torch.full_like(before, torch.nan)):
        past = Past().then(before, sent)
        now = after.nan_to_num(30e-6)
        widths = [adaptive.pulse(now, target, p).width for p in (past, Past())]
        if torch.isfinite(after).all():
            assert torch.equal(*widths)
        failed = Past().then(after, sent)
        assert torch.isfinite(adaptive.pulse(before, target, failed).width).all()


def test_pulses_to_cells_of_a_spread_land_closer_and_closer(device, adaptive):
    def errors(scheme):
        bench, past, draws = SimulatedBench(device, (1, 100), seed=5), Past(), generator(6)
        found = []
        for _ in range(40):
            share = torch.rand(1, 100, dtype=torch.float64, generator=draws)
            target = adaptive.reach[0] + (adaptive.reach[1] - adaptive.reach[0]) * share
            result = program(bench, scheme, target, tolerance=0.0, max_pulses=1, past=past)
            past = result.past
            found.append(result.relative_error.mean())
        return torch.stack(found)[-20:].mean()

    assert errors(adaptive) < 0.8 * errors(adaptive.predictor)


def test_settings_that_make_no_sense_are_refused(adaptive):
    with pytest.raises(ValueError, match="`longest`"):
        AdaptivePredictor(longest=0.5)
    unknown, one = replace(adaptive, population=None), torch.ones(1, 1, dtype=torch.float64)
    with pytest.raises(ValueError, match="`population` must be known"):
        unknown.pulse(one, one)
