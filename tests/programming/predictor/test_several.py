"""Several predictors share the work: by the start of a cell, or by how long its pulse would be."""

import re
from dataclasses import replace

import pytest
import torch

from mho import SimulatedBench, program
from mho.devices import SoftBounds
from mho.programming.predictor import (
    PulsePredictor,
    RangePredictor,
    Recording,
    SquaredTime,
    Stage,
    VoltagePredictor,
)

RECORDING = Recording(cells=100, targets=6, warm_up=1, step=2e-8, longest=1e-4)
BRIEF = (Stage(loss=SquaredTime(), epochs=25, learning_rate=5e-3, final_learning_rate=3e-4),)
EACH = PulsePredictor(recording=RECORDING, stages=BRIEF)


@pytest.fixture(scope="module")
def device():
    return SoftBounds(cycle_noise=0.05)


@pytest.fixture(scope="module")
def ranges(device):
    return RangePredictor(predictor=EACH, parts=3).fit(device)


@pytest.fixture(scope="module")
def voltages(device):
    return VoltagePredictor(predictor=EACH, strengths=(0.9, 1.0), longest=1e-6).fit(device)


def pairs(device):
    g = torch.linspace(1.2 * device.g_min, 0.9 * device.g_max, 40, dtype=torch.float64)
    return torch.meshgrid(g, g, indexing="ij")


def test_each_network_is_asked_for_the_cells_that_start_in_its_part(device, ranges):
    now, target = pairs(device)
    sent = ranges.pulse(now, target).width
    low, high = RECORDING.range(device)
    for part, known in enumerate(ranges.learned):
        lower, upper = (low + (high - low) * (part + end) / 3 for end in (0, 1))
        own = (now > lower) & (now < upper)
        assert own.any()
        assert torch.equal(sent[own], known.pulse(now, target).width[own])


def test_the_lowest_voltage_whose_pulse_is_short_enough_is_sent(device, voltages):
    now, target = pairs(device)
    weak, strong = (known.pulse(now, target) for known in voltages.learned)
    sent = voltages.pulse(now, target)
    enough = weak.width <= 1e-6
    assert 0.1 < enough.double().mean() < 0.9
    torch.testing.assert_close(weak.amplitude.abs(), 0.9 * strong.amplitude.abs())
    assert torch.equal(sent.amplitude, torch.where(enough, weak.amplitude, strong.amplitude))
    assert torch.equal(sent.width, torch.where(enough, weak.width, strong.width.clamp(max=1e-6)))


@pytest.mark.parametrize("name", ["ranges", "voltages"])
def test_several_predictors_program(device, name, request):
    scheme = request.getfixturevalue(name)
    low, high = scheme.reach
    assert low < 1.3 * device.g_min < 0.8 * device.g_max < high
    target = torch.linspace(1.3 * device.g_min, 0.7 * device.g_max, 64).double().reshape(8, 8)
    bench = SimulatedBench(device, (8, 8), seed=1)
    result = program(bench, scheme, target, tolerance=0.1, max_pulses=10)
    assert result.converged.double().mean() > 0.85


def test_another_device_warns_and_the_own_one_does_not(device, voltages):
    assert voltages.fit(device) is voltages
    with pytest.warns(UserWarning, match=re.escape("cycle_noise=0.05, not cycle_noise=0.2")):
        voltages.check(SimulatedBench(replace(device, cycle_noise=0.2), (1, 1)))


def test_another_seed_learns_other_networks(device, ranges):
    other = replace(ranges, learned=None).with_seed(1)
    assert other.predictor.seed == other.predictor.recording.seed == 1
    now, target = pairs(device)
    width = other.fit(device).pulse(now, target).width
    assert not torch.equal(width, ranges.pulse(now, target).width)


def test_impossible_settings_are_refused(device):
    with pytest.raises(ValueError, match="`strengths` must rise"):
        VoltagePredictor(strengths=(1.0, 0.9))
    with pytest.raises(ValueError, match="`parts` must leave records to every network"):
        RangePredictor(predictor=EACH, parts=200).fit(device)
    with pytest.raises(ValueError, match=r"`learned` must be known.*Call `fit\(device\)` first"):
        RangePredictor().pulse(*pairs(device))
