"""The amplitude predictor: what it learns from random pulses, and how it goes on from a miss."""

from dataclasses import replace

import pytest
import torch

from mho import Programmer, SimulatedBench, program
from mho.core import Past, Pulse
from mho.devices import SoftBounds, Synaptogen
from mho.programming import ConstantPulse
from mho.programming.predictor import (
    AmplitudePredictor,
    PulsePredictor,
    RandomPulses,
    SentPulses,
    SignedAmplitude,
    SquaredAmplitude,
    Stage,
)

BRIEF = (
    Stage(
        loss=SquaredAmplitude(),
        keep=SquaredAmplitude(),
        epochs=12,
        learning_rate=3e-3,
        final_learning_rate=1e-4,
        batch=128,
    ),
)
RECORDING = RandomPulses(cells=300, pulses=30)


@pytest.fixture(scope="module")
def device():
    return Synaptogen()


@pytest.fixture(scope="module")
def predictor(device):
    return AmplitudePredictor(recording=RECORDING, stages=BRIEF).fit(device)


def after_a_set(device, shape, seed=1):
    bench = SimulatedBench(device, shape, seed=seed)
    bench.apply(Pulse.uniform(shape, amplitude=device.set_voltage, width=1e-6))
    return bench


def targets(shape=(8, 16)):
    return torch.linspace(30e-6, 190e-6, 128, dtype=torch.float64).reshape(shape)


def test_one_predicted_reset_leads_new_cells_near_their_targets(device, predictor):
    result = program(after_a_set(device, (8, 16)), predictor, targets(), max_pulses=1)
    assert result.relative_error.mean() < 0.2
    assert (result.relative_error < 0.5).double().mean() > 0.95


def test_learning_on_from_the_last_pulse_saves_pulses(device, predictor):
    bench = [after_a_set(device, (8, 16)) for _ in range(2)]
    learning = program(bench[0], predictor, targets(), tolerance=0.05, max_pulses=60)
    forgetful = _Forgetful(predictor)
    repeating = program(bench[1], forgetful, targets(), tolerance=0.05, max_pulses=60)
    assert learning.converged.double().mean() > 0.97
    assert learning.pulses.double().mean() < 0.7 * repeating.pulses.double().mean()


class _Forgetful(Programmer):
    """A predictor that is never told the past."""

    def __init__(self, predictor):
        self.predictor = predictor

    def fit(self, device):
        return self

    def pulse(self, conductance, target, past):
        return self.predictor.pulse(conductance, target)


def test_a_cell_that_was_left_alone_gets_more_and_in_the_end_the_opposite(device, predictor):
    here, target = torch.full((1, 1), 100e-6).double(), torch.full((1, 1), 50e-6).double()
    width = torch.full_like(here, 1e-6)

    def after(amplitude):
        sent = Pulse(torch.full_like(here, amplitude), width)
        return predictor.pulse(here, target, Past().then(here, sent)).amplitude.item()

    first = predictor.pulse(here, target).amplitude.item()
    assert 0.5 < first < 1.3
    assert after(first) == pytest.approx(first + predictor.step)
    assert after(device.reset_voltage) == device.set_voltage
    assert after(device.set_voltage) == pytest.approx(first)


def test_a_deviation_is_carried_on_in_its_direction_as_far_as_the_pulse_went(predictor):
    start, now, target = (torch.full((1, 1), g * 1e-6).double() for g in (200, 100, 50))
    sent = predictor.amplitude(start, now) + 0.1
    past = Past().then(start, Pulse(sent, torch.full_like(start, 1e-6)))
    expected = predictor.amplitude(now, target) + 0.1 * 0.5  # half of the way in logarithms
    assert (expected > sent + predictor.step).all()
    torch.testing.assert_close(predictor.pulse(now, target, past).amplitude, expected)


def test_a_pulse_that_fell_short_is_followed_by_a_higher_one(predictor):
    start, now, target = (torch.full((1, 1), g * 1e-6).double() for g in (200, 100, 98))
    past = Past().then(start, Pulse(torch.full_like(start, 1.2), torch.full_like(start, 1e-6)))
    amplitude = predictor.pulse(now, target, past).amplitude.item()
    assert amplitude == pytest.approx(1.2 + predictor.step)


def test_a_target_above_is_aimed_at_where_a_set_leads(device, predictor):
    encoding = predictor.learned.encoding
    assert 0.8 * device.g_max < encoding.set_end < device.g_max
    low, middle = torch.tensor([30e-6]).double(), torch.tensor([80e-6]).double()
    top = torch.full_like(low, encoding.set_end)
    assert torch.equal(encoding.inputs(low, middle), encoding.inputs(low, top))
    assert not torch.equal(encoding.inputs(middle, low), encoding.inputs(middle, 0.9 * low))


def test_pulses_that_move_nothing_or_the_wrong_way_teach_nothing():
    before = torch.tensor([1.0, 1.0, 1.0, 1.0, 1.0])[:, None, None]
    after = torch.tensor([2.0, 1.001, 0.5, 0.5, 2.0])[:, None, None]
    amplitude = torch.tensor([-1.0, -1.0, 1.0, -1.0, -1.0])[:, None, None]
    width = torch.tensor([1.0, 1.0, 1.0, 1.0, 0.0])[:, None, None]
    pulses_sent = SentPulses(before, amplitude, width, after)
    assert pulses_sent.moved(0.01).flatten().tolist() == [True, False, True, False, False]


def test_pulses_that_all_lead_the_same_way_are_refused():
    before = torch.ones(3, dtype=torch.float64)
    for after in (before + 1, before / 2):
        with pytest.raises(ValueError, match="be of pulses that move cells up and down, but all"):
            SignedAmplitude().fit(before, after)
    with pytest.raises(ValueError, match="but are none"):
        SignedAmplitude().fit(before[:0], before[:0])


def test_pulses_sent_of_jobs_join_reads_around_each_pulse(device):
    bench, scheme = SimulatedBench(device, (2, 3)), ConstantPulse(width=1e-6).fit(device)
    jobs = [program(bench, scheme, torch.full((2, 3), g), max_pulses=2) for g in (100e-6, 200e-6)]
    pulses_sent = SentPulses.of(*jobs)
    assert pulses_sent.before.shape == (4, 2, 3)
    assert torch.equal(pulses_sent.before[1], pulses_sent.after[0])
    assert torch.equal(pulses_sent.after[3], bench.read())


def test_a_split_holds_each_cell_once(device):
    pulses_sent = RandomPulses(cells=10, pulses=3).record(device)
    parts = pulses_sent.split(0.7, 0.3)
    assert [part.before.shape[-1] for part in parts] == [7, 3]
    joined = torch.cat([part.before for part in parts], -1)
    assert torch.equal(joined, pulses_sent.before)


def test_a_file_gives_the_predictor_back_and_the_wrong_kind_is_refused(predictor, tmp_path):
    predictor.save(tmp_path / "it")
    loaded = AmplitudePredictor.load(tmp_path / "it")
    here, target = 0.9 * targets(), targets()
    assert loaded.learned.encoding == predictor.learned.encoding
    torch.testing.assert_close(
        loaded.pulse(here, target).amplitude, predictor.pulse(here, target).amplitude
    )
    with pytest.raises(ValueError, match=r"file of a Learned, but .* LearnedAmplitude"):
        PulsePredictor.load(tmp_path / "it")


def test_another_device_is_warned_of(predictor):
    with pytest.warns(UserWarning, match="learned from another device"):
        predictor.check(SimulatedBench(SoftBounds(), (1, 1)))


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="`stages` must hold at least one"):
        AmplitudePredictor(stages=())
    with pytest.raises(ValueError, match="`trust`"):
        AmplitudePredictor(trust=1.5)
    with pytest.raises(ValueError, match="`learned` must be known"):
        AmplitudePredictor().pulse(targets(), targets())
    assert replace(AmplitudePredictor(), seed=1) != AmplitudePredictor()
    assert SignedAmplitude().unit == 1.0
