"""The data set of a predictor, on cells whose law is simple enough to know the answer."""

from dataclasses import replace

import pytest
import torch

from mho.devices import SoftBounds
from mho.programming import NoiseFreeInverse
from mho.programming.predictor import Examples, LogarithmicTime, Looks, Recording


@pytest.fixture(scope="module")
def device():
    return SoftBounds(cycle_noise=0.1)


@pytest.fixture(scope="module")
def recording():
    return Recording(cells=20, targets=4, warm_up=2, step=2e-8, longest=1e-4)


@pytest.fixture(scope="module")
def records(device, recording):
    return recording.record(device)


def test_every_target_that_was_reached_is_a_record(records):
    assert len(records) == 20 * 4 - records.missed
    assert records.missed == 0


def test_set_pulses_count_as_positive_time_and_reset_pulses_as_negative(records, device):
    upwards = records.target > records.start
    assert torch.equal(records.time > 0, upwards)
    assert (records.amplitude[upwards] == device.set_voltage).all()
    assert (records.amplitude[~upwards] == device.reset_voltage).all()


def test_the_recorded_end_is_the_history_at_the_pulse_time(records):
    reached = records.histories.at(records.time.abs())
    torch.testing.assert_close(reached, records.end, rtol=1e-6, atol=0)


def test_of_the_samples_on_both_sides_of_the_target_the_closer_one_is_the_end(records):
    step = records.histories.step
    for shift in (-step, step):
        neighbour = records.histories.at((records.time.abs() + shift).clamp(min=step))
        crossing = (neighbour - records.target) * (records.end - records.target) < 0
        closer = (records.end - records.target).abs() <= (neighbour - records.target).abs()
        assert closer[crossing].all()


def test_a_history_starts_at_the_start_and_lasts_for_two_pulse_times(records):
    first = records.histories.at(torch.zeros(len(records), dtype=torch.float64))
    torch.testing.assert_close(first, records.start, rtol=1e-6, atol=0)
    expected = 2.0 * records.time.abs()
    slack = 2.5 * records.histories.step
    torch.testing.assert_close(records.histories.duration, expected, rtol=0, atol=slack)


def test_a_cell_starts_each_record_where_it_ended_the_one_before(records):
    own = records.where(records.cell == 3)
    step = records.histories.step
    crossed = torch.stack(
        [own.histories.at(own.time.abs()), own.histories.at(own.time.abs() + step)]
    )
    starts = own.start[1:].expand(2, -1)
    gap = (crossed[:, :-1] - starts).abs().amin(0)
    assert (gap <= 1e-6 * own.start[1:]).all()


def test_without_noise_the_time_is_that_of_the_noise_free_inverse(recording):
    device = SoftBounds()
    records = recording.record(device)
    one_row = records.start[None], records.target[None]
    width = NoiseFreeInverse().fit(device).pulse(*one_row).width[0]
    torch.testing.assert_close(width, records.time.abs(), rtol=0, atol=recording.step)


def test_no_cell_is_in_two_parts_of_a_split(records):
    parts = records.split(0.8, 0.1, 0.1)
    assert [len(part) for part in parts] == [64, 8, 8]
    cells = [set(part.cell.tolist()) for part in parts]
    assert not cells[0] & cells[1]
    assert not (cells[0] | cells[1]) & cells[2]


def test_targets_that_take_too_long_are_counted_and_left_out(device):
    recording = Recording(cells=10, targets=3, warm_up=0, step=2e-8, longest=4e-7)
    records = recording.record(device)
    assert records.missed > 0
    assert len(records) == 30 - records.missed


def test_a_range_that_the_device_does_not_have_is_refused(device):
    with pytest.raises(ValueError, match="`low` must lie within"):
        Recording(low=0.0).record(device)


def test_cells_in_use_stand_where_they_were_wanted_each_with_a_past_of_its_own(device, recording):
    wanted = torch.tensor([[20e-6, 50e-6, 80e-6]], dtype=torch.float64).expand(4, -1)
    state = recording.used(device, wanted, torch.Generator().manual_seed(0))
    torch.testing.assert_close(device.conductance(state), wanted, rtol=0.1, atol=0)
    assert state.energy.unique().numel() == 12
    fresh = replace(recording, warm_up=0).used(device, wanted, torch.Generator().manual_seed(0))
    assert state.energy.mean() > 2 * fresh.energy.mean()


def test_long_pulses_come_in_parts_that_fit_the_memory(device, recording, records, monkeypatch):
    monkeypatch.setattr("mho.programming.predictor.visit.MOST_SAMPLES", 1)
    monkeypatch.setattr("mho.programming.predictor.visit.FIRST_STEPS", 7)
    parts = recording.record(device)
    assert len(parts) == len(records)
    torch.testing.assert_close(parts.end, parts.target, rtol=0.05, atol=0)


def test_looks_go_on_across_the_range_and_pass_the_target_when_they_say(device, recording):
    looking = replace(recording, looks=Looks(ratio=1.05, extent=2.0, longest=1e-4))
    low, high = looking.range(device)
    records = looking.record(device)
    assert len(records) == 20 * 4
    lowest, highest = records.histories.extremes
    upwards = records.target > records.start
    assert (highest[upwards] >= high).all()
    assert (lowest[~upwards] <= low).all()
    reached = records.histories.at(records.time.abs())
    torch.testing.assert_close(reached, records.end, rtol=1e-6, atol=0)
    assert (records.end / records.target - 1.0).abs().median() < 0.05


def test_without_noise_a_look_shows_the_noise_free_way_to_any_target(recording):
    device = SoftBounds()
    records = replace(recording, looks=Looks(ratio=1.01, longest=1e-4)).record(device)
    examples = Examples(records, LogarithmicTime().fit(records))
    moved = examples.elsewhere(1.0, torch.Generator().manual_seed(0)).records
    assert torch.equal(moved.target > records.start, records.target > records.start)
    beyond = (moved.target - records.target) * (records.target - records.start) > 0
    assert 0.2 < beyond.double().mean() < 0.8  # some farther, some nearer
    width = NoiseFreeInverse().fit(device).pulse(records.start[None], moved.target[None]).width[0]
    torch.testing.assert_close(records.histories.at(width), moved.target, rtol=5e-3, atol=0)


def test_targets_that_no_look_reaches_are_counted_and_left_out(device, recording):
    records = replace(recording, looks=Looks(longest=4e-7)).record(device)
    assert records.missed > 0
    assert len(records) == 20 * 4 - records.missed
