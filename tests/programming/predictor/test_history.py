"""Predictors that remember: what they are told, what they practise, and that it helps."""

from dataclasses import replace

import pytest
import torch

from mho import SimulatedBench, program
from mho.core import Past, Pulse
from mho.devices import SoftBounds
from mho.programming.predictor import (
    BeyondTolerance,
    Examples,
    HistoryPredictor,
    LogarithmicTime,
    Looks,
    Practice,
    PulsePredictor,
    Recording,
    RelativeConductance,
    Stage,
)
from mho.programming.predictor.earlier import earlier_pulses

RECORDING = Recording(cells=60, targets=6, warm_up=2, step=2e-8, longest=1e-4)
PRACTICE = Practice(
    recording=RECORDING, pulses=4, warm_up=3, remembered=3, looks=Looks(longest=1e-4)
)
STAGE = Stage(
    loss=RelativeConductance(secant=0.3),
    epochs=30,
    learning_rate=5e-3,
    final_learning_rate=3e-4,
    batch=16,
    nearer=0.3,
)


@pytest.fixture(scope="module")
def device():
    return SoftBounds(cycle_noise=0.05)


@pytest.fixture(scope="module")
def predictor(device):
    scheme = HistoryPredictor(
        practice=PRACTICE, rounds=1, units=6, sizes=(16, 16), first=(STAGE,), stages=(STAGE,)
    )
    return scheme.fit(device)


def pulse(width, amplitude=1.0):
    width = torch.tensor([width], dtype=torch.float64)
    return Pulse(torch.full_like(width, amplitude), width)


def row(*values):
    return torch.tensor([values], dtype=torch.float64)


def test_earlier_pulses_are_the_last_that_a_cell_got():
    past = Past(
        (row(1.0, 10.0), row(2.0, 20.0), row(3.0, 20.0)),
        (pulse([0.1, 0.2]), pulse([0.3, 0.0]), pulse([0.5, 0.6], amplitude=-1.0)),
    )
    told = earlier_pulses(past, row(4.0, 30.0), 1.0, 2)
    assert told.shape == (1, 2, 2, 3)
    assert told[0, 0].tolist() == [[2.0, 3.0, 0.3], [3.0, 4.0, -0.5]]
    assert told[0, 1].tolist() == [[10.0, 20.0, 0.2], [20.0, 30.0, -0.6]]


def test_a_cell_without_a_past_is_told_zeros_in_front():
    past = Past((row(1.0),), (pulse([0.1]),))
    assert earlier_pulses(past, row(2.0), 1.0, 2)[0, 0].tolist() == [[0, 0, 0], [1.0, 2.0, 0.1]]
    assert not earlier_pulses(Past(), row(2.0), 1.0, 2).any()


def test_a_read_that_failed_tells_nothing():
    past = Past((row(1.0), row(torch.nan)), (pulse([0.1]), pulse([0.2])))
    assert not earlier_pulses(past, row(3.0), 1.0, 2).any()


def test_records_remember_the_records_of_their_cell_before(device):
    records = RECORDING.record(device).remembering(2)
    own = records.where(records.cell == 7)
    assert not own.earlier[0].any()
    second = own.earlier[2]
    assert second[:, 0].tolist() == own.start[:2].tolist()
    assert second[:, 1].tolist() == own.start[1:3].tolist()
    assert second[:, 2].tolist() == own.time[:2].tolist()


def test_practice_knows_where_each_pulse_began_and_landed(device, predictor):
    landings = PRACTICE.land(device, predictor)
    own = landings.where(landings.cell == 5)
    assert torch.equal(own.start[1:], own.landed[:-1])
    assert torch.equal(own.earlier[1:, -1, 1], own.start[1:])
    assert torch.equal(own.earlier[1:, -1, 0], own.start[:-1])
    again = own.tried[1:] > 0
    assert torch.equal(own.target[1:][again], own.target[:-1][again])
    assert torch.equal(own.tried[1:][again], own.tried[:-1][again] + 1)


def test_what_practice_records_passes_the_target_when_it_says(device, predictor):
    records = PRACTICE.record(device, predictor)
    assert len(records) + records.missed == 60 * 4
    reached = records.histories.at(records.time.abs())
    torch.testing.assert_close(reached, records.end, rtol=1e-6, atol=0)
    torch.testing.assert_close(
        records.histories.at(torch.zeros(len(records))).double(), records.start, rtol=1e-6, atol=0
    )
    assert torch.equal(records.time > 0, records.target > records.start)
    assert ((records.end - records.target).abs() / records.target).median() < 0.1


def test_a_history_predictor_programs_and_its_past_changes_what_it_sends(device, predictor):
    target = torch.linspace(1.2 * device.g_min, 0.65 * device.g_max, 64).double().reshape(8, 8)
    bench = SimulatedBench(device, (8, 8), seed=1)
    result = program(bench, predictor, target, tolerance=0.05, max_pulses=10)
    assert result.converged.double().mean() > 0.9
    now = bench.read()
    afresh = predictor.pulse(now, target.flip(0)).width
    assert not torch.equal(predictor.pulse(now, target.flip(0), result.past).width, afresh)


def test_without_memory_the_past_is_nothing_to_it(device):
    scheme = HistoryPredictor(
        practice=replace(PRACTICE, remembered=0), rounds=0, sizes=(8,), first=(STAGE,)
    ).fit(device)
    now, target = row(1e-5, 2e-5), row(2e-5, 1e-5)
    past = Past((now,), (pulse([1e-7, 1e-7]),))
    assert torch.equal(scheme.pulse(now, target, past).width, scheme.pulse(now, target).width)


def test_a_saved_history_predictor_comes_back(tmp_path, predictor):
    path = tmp_path / "cell.safetensors"
    predictor.save(path)
    back = HistoryPredictor.load(path)
    now, target = row(1e-5, 2e-5), row(2e-5, 1e-5)
    past = Past((row(1.1e-5, 1e-5),), (pulse([1e-7, 1e-7]),))
    assert torch.equal(
        back.pulse(now, target, past).width, predictor.pulse(now, target, past).width
    )
    assert back.learned.remembered == 3


def test_beyond_the_tolerance_counts_the_logarithm_of_the_distance(device):
    records = RECORDING.record(device)
    examples = Examples(records, LogarithmicTime().fit(records))
    index = torch.arange(len(records))
    output = examples.outputs + 0.3
    distance = RelativeConductance().error(output, index, examples)
    expected = torch.log1p((distance / 0.02) ** 2)
    torch.testing.assert_close(
        BeyondTolerance(tolerance=0.02).error(output, index, examples), expected
    )


def test_a_predictor_knows_how_far_off_it_lands(device, tmp_path):
    stage = replace(STAGE, nearer=0.0)
    scheme = PulsePredictor(recording=RECORDING, stages=(stage,)).fit(device)
    with pytest.raises(ValueError, match=r"`learned` must know landings.*Call `foresee"):
        scheme.landing(row(1e-5), row(2e-5))
    practice = Practice(recording=RECORDING, pulses=30, warm_up=2, patience=1)
    scheme = scheme.foresee(device, practice)
    fresh = replace(practice, recording=replace(RECORDING, seed=8)).land(device, scheme)
    landing = scheme.landing(fresh.start, fresh.target)
    observed = fresh.relative_error.mean()
    assert abs(landing.relative_error.mean() / observed - 1.0) < 0.15
    low, high = landing.interval(0.8)
    inside = ((fresh.landed >= low) & (fresh.landed <= high)).double().mean()
    assert 0.72 < inside < 0.88
    assert (landing.quantiles.diff(dim=-1) > 0).all()
    scheme.save(tmp_path / "cell.safetensors")
    again = PulsePredictor.load(tmp_path / "cell.safetensors").landing(fresh.start, fresh.target)
    assert torch.equal(again.quantiles, landing.quantiles)
