"""The neural pulse predictor: what it learns, how it is kept, and when it warns."""

import json
from dataclasses import replace

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from mho import SimulatedBench, program
from mho.devices import SoftBounds
from mho.programming import ConstantPulse
from mho.programming.predictor import (
    PAPER_FINE_TUNING,
    Examples,
    LogarithmicTime,
    PulsePredictor,
    Recording,
    RelativeConductance,
    RelativeTime,
    SignedTime,
    SquaredConductance,
    SquaredTime,
    Stage,
    mean_error,
)

RECORDING = Recording(cells=100, targets=5, warm_up=2, step=2e-8, longest=1e-4)
BRIEF = (Stage(loss=SquaredTime(), epochs=30, learning_rate=3e-3, final_learning_rate=1e-4),)


@pytest.fixture(scope="module")
def device():
    return SoftBounds(cycle_noise=0.05)


@pytest.fixture(scope="module")
def records(device):
    return RECORDING.record(device).split(0.8, 0.1, 0.1)


@pytest.fixture(scope="module")
def predictor(device, records):
    return PulsePredictor(stages=BRIEF).learn(device, *records[:2])


def errors(predictor, records, criterion):
    examples = Examples(records, predictor.learned.encoding)
    return mean_error(predictor.learned.network, criterion, examples).item()


def test_one_predicted_pulse_lands_closer_than_identical_pulses(device, predictor):
    target = torch.linspace(1.2 * device.g_min, 0.8 * device.g_max, 64).double().reshape(8, 8)
    outcome = [
        program(SimulatedBench(device, (8, 8), seed=1), scheme, target, max_pulses=1)
        for scheme in (predictor, ConstantPulse(width=1e-6).fit(device))
    ]
    assert outcome[0].relative_error.mean() < 0.1
    assert outcome[0].relative_error.mean() < 0.2 * outcome[1].relative_error.mean()


def test_fine_tuning_through_histories_lowers_the_error_of_the_conductance(device, records):
    scratch = PulsePredictor(stages=BRIEF, encoding=SignedTime()).learn(device, *records[:2])
    brief = tuple(replace(stage, epochs=4, learning_rate=1e-3) for stage in PAPER_FINE_TUNING)
    tuned = replace(scratch, stages=brief).learn(device, *records[:2])
    criterion = RelativeConductance()
    assert errors(tuned, records[1], criterion) < errors(scratch, records[1], criterion)


@pytest.mark.parametrize("loss", [SquaredConductance(window=11), RelativeConductance()])
def test_a_gradient_reaches_the_network_from_beyond_the_histories(records, loss):
    encoding = LogarithmicTime().fit(records[0])
    examples = Examples(records[0], encoding)
    late = (examples.outputs + 2.0).requires_grad_()
    loss.error(late, torch.arange(len(late)), examples).mean().backward()
    assert (late.grad != 0).float().mean() > 0.9
    overshot = (late.grad > 0).float().mean()
    assert overshot > 0.9  # shorter pulses are better


def test_a_pulse_that_is_too_long_is_led_back_whatever_the_noise_of_the_last_sample(records):
    examples = Examples(records[0], LogarithmicTime().fit(records[0]))
    examples.target[:] = records[0].histories.samples.max() * 2  # nothing reaches it
    late = (examples.outputs + 2.0).requires_grad_()
    RelativeConductance().error(late, torch.arange(len(late)), examples).sum().backward()
    assert (late.grad > 0).all()


def test_nearer_targets_lie_between_start_and_target_and_histories_pass_them(records):
    examples = Examples(records[0], LogarithmicTime().fit(records[0]))
    moved = examples.nearer(0.5, torch.Generator().manual_seed(0)).records
    start, target = records[0].start, records[0].target
    share = (moved.target - start) / (target - start)
    assert ((share > 0.09) & (share <= 1.0 + 1e-12)).all()
    assert 0.4 < (share < 1.0 - 1e-12).double().mean() < 0.6
    passed = records[0].histories.at(records[0].time.abs())
    beyond = (passed - moved.target) * (start - moved.target) <= 0
    assert beyond[share < 0.9].all()


@pytest.mark.parametrize("name", ["nearer", "elsewhere"])
def test_targets_are_not_moved_where_only_the_recorded_time_is_right(name):
    with pytest.raises(ValueError, match=f"`{name}` must be 0 with a loss of the time"):
        Stage(loss=SquaredTime(), **{name: 0.5})


def test_no_target_is_moved_beyond_where_its_history_leads(records):
    examples = Examples(records[0], LogarithmicTime().fit(records[0]))
    moved = examples.elsewhere(1.0, torch.Generator().manual_seed(0)).records
    lowest, highest = records[0].histories.extremes
    highest = highest.double().maximum(records[0].target)
    lowest = lowest.double().minimum(records[0].target)
    assert ((moved.target <= highest) & (moved.target >= lowest)).all()
    assert moved.target.min() >= records[0].target.min()
    assert moved.target.max() <= records[0].target.max()


def test_the_recorded_times_have_no_error_of_time_and_the_least_of_conductance(records):
    for encoding in (SignedTime(), LogarithmicTime()):
        examples = Examples(records[0], encoding.fit(records[0]))
        index = torch.arange(len(records[0]))
        right = examples.outputs
        assert SquaredTime().error(right, index, examples).max() == 0
        assert RelativeTime().error(right, index, examples).max() < 1e-5
        assert RelativeConductance().error(right, index, examples).mean() < 0.01


def test_the_same_seed_learns_the_same_network(device, records, predictor):
    again = PulsePredictor(stages=BRIEF).learn(device, *records[:2])
    other = PulsePredictor(stages=BRIEF, seed=1).learn(device, *records[:2])
    g, target = records[2].start, records[2].target
    assert torch.equal(again.time(g, target), predictor.time(g, target))
    assert not torch.equal(other.time(g, target), predictor.time(g, target))


def test_the_direction_of_a_logarithmic_prediction_is_never_wrong(predictor, device):
    g = torch.linspace(device.g_min, device.g_max, 50, dtype=torch.float64)
    now, target = torch.meshgrid(g, g, indexing="ij")
    time = predictor.time(now, target)
    assert ((time > 0) == (target > now)).all()


def test_a_million_cells_are_predicted_part_by_part_as_one_by_one(predictor, device):
    g = torch.linspace(device.g_min, device.g_max, 100_003, dtype=torch.float64)
    whole = predictor.time(g, g.flip(0))
    some = torch.tensor([0, 1, 32_767, 32_768, 100_002])
    torch.testing.assert_close(whole[some], predictor.time(g[some], g.flip(0)[some]))


def test_a_saved_predictor_comes_back(tmp_path, predictor, records):
    path = tmp_path / "cell.safetensors"
    predictor.save(path)
    back = PulsePredictor.load(path)
    g, target = records[2].start[None], records[2].target[None]
    assert torch.equal(back.pulse(g, target).width, predictor.pulse(g, target).width)
    assert torch.equal(back.pulse(g, target).amplitude, predictor.pulse(g, target).amplitude)
    assert back.learned.device == predictor.learned.device


def test_the_device_it_was_learned_from_raises_no_warning(predictor, device):
    assert predictor.fit(device) is predictor
    predictor.check(SimulatedBench(device, (1, 1)))


def test_another_device_warns_and_says_what_differs(predictor, device):
    other = replace(device, cycle_noise=0.2)
    with pytest.warns(UserWarning, match=r"cycle_noise=0\.05, not cycle_noise=0\.2"):
        predictor.fit(other)
    with pytest.warns(UserWarning, match="learned from another device"):
        predictor.check(SimulatedBench(other, (1, 1)))


def test_records_too_few_to_split_are_refused(device, records, predictor):
    training = records[0]
    none = training.where(torch.zeros(0, dtype=torch.long))
    with pytest.raises(ValueError, match="`validation` must hold records, but has none"):
        predictor.learn(device, training, none)


def test_an_untrained_predictor_says_what_to_do():
    g = torch.ones(1, 1)
    with pytest.raises(ValueError, match=r"`learned` must be known.*Call `fit\(device\)` first"):
        PulsePredictor().pulse(g, g)


def changed(path, **changes):
    with safe_open(path, framework="pt") as file:
        description = json.loads(file.metadata()["description"]) | changes
        weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    save_file(weights, path, {"description": json.dumps(description)})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 99}, "of version 1, but .* is of version 99. Train it again"),
        ({"format": "photographs"}, "holds something else"),
        ({"device": "SoftBounds()"}, "was changed"),
    ],
)
def test_a_file_that_is_no_predictor_of_this_version_is_refused(
    tmp_path, predictor, changes, message
):
    path = tmp_path / "cell.safetensors"
    predictor.save(path)
    changed(path, **changes)
    with pytest.raises(ValueError, match=message):
        PulsePredictor.load(path)


def test_a_file_that_is_broken_or_missing_is_refused(tmp_path):
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"\x00" * 100)
    with pytest.raises(ValueError, match="must be a predictor's file"):
        PulsePredictor.load(broken)
    with pytest.raises(ValueError, match="must be a file or a predictor that comes along"):
        PulsePredictor.load("nobody")
