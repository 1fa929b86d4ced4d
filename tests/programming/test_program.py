"""The loop that every scheme shares."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mho import (
    ConstantPulse,
    IncrementalPI,
    NoiseFreeInverse,
    PacedInverse,
    Pulse,
    SimulatedBench,
    program,
)
from mho.devices import SoftBounds, Synaptogen

DEVICE = SoftBounds(cycle_noise=0.05)
INVERSE = NoiseFreeInverse(resolution=2e-3).fit(DEVICE)


def target(shape=(4, 5)):
    size = shape[0] * shape[1]
    return torch.linspace(15e-6, 95e-6, size, dtype=torch.float64).reshape(shape)


def test_every_read_and_every_pulse_is_kept():
    bench = SimulatedBench(DEVICE, (4, 5))
    result = program(bench, INVERSE, target(), tolerance=0.01, max_pulses=7)
    rounds = len(result.width)
    assert result.conductance.shape == (rounds + 1, 4, 5)
    assert result.amplitude.shape == result.width.shape == (rounds, 4, 5)
    assert torch.equal(result.conductance[-1], bench.read())
    assert torch.equal(result.energy, bench.energy)
    assert torch.equal(result.time, result.width.sum(0))


def test_a_cell_within_the_tolerance_gets_no_further_pulse():
    result = program(
        SimulatedBench(DEVICE, (4, 5)), INVERSE, target(), tolerance=0.03, max_pulses=20
    )
    done = (result.conductance[:-1] - result.target).abs() <= 0.03 * result.target
    assert (result.width[done] == 0).all()
    assert (result.width[~done] > 0).all()


def test_one_pulse_is_an_open_loop_write():
    result = program(SimulatedBench(DEVICE, (4, 5)), INVERSE, target(), tolerance=0.0, max_pulses=1)
    assert (result.pulses == 1).all()


def test_programming_what_is_there_already_sends_no_pulse():
    bench = SimulatedBench(DEVICE, (2, 2))
    result = program(bench, INVERSE, bench.read())
    assert len(result.width) == 0
    assert result.converged.all()
    assert result.energy.sum() == 0


def test_energy_of_earlier_programming_is_not_counted_again():
    bench = SimulatedBench(DEVICE, (4, 5))
    first = program(bench, INVERSE, target(), tolerance=0.01)
    second = program(bench, INVERSE, target().flip(0), tolerance=0.01)
    torch.testing.assert_close(first.energy + second.energy, bench.energy)


def test_a_result_prints_what_a_reader_wants_to_know():
    text = str(program(SimulatedBench(DEVICE, (4, 5)), INVERSE, target(), tolerance=0.05))
    for word in ("20 of 20 cells within 5 %", "error mean", "pulses", " ns", "pJ"):
        assert word in text


@settings(max_examples=20, deadline=None)
@given(
    rows=st.integers(1, 5),
    cols=st.integers(1, 5),
    share=st.floats(0.05, 0.95),
    seed=st.integers(0, 2**31),
)
def test_write_and_verify_converges_on_any_array(rows, cols, share, seed):
    wanted = torch.full((rows, cols), 10e-6 + share * 90e-6, dtype=torch.float64)
    bench = SimulatedBench(DEVICE, (rows, cols), seed=seed)
    result = program(bench, INVERSE, wanted, tolerance=0.05, max_pulses=50)
    assert result.converged.all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t[:2], r"`target` must have the shape of the bench, \(4, 5\)"),
        (lambda t: t * torch.nan, r"`target` must be finite, but is nan at index \(0, 0\)"),
        (lambda t: -t, r"`target` must be at least .* S, but is -1.5e-05 at index \(0, 0\)"),
    ],
)
def test_impossible_targets_are_refused_before_any_pulse(change, message):
    bench = SimulatedBench(DEVICE, (4, 5))
    with pytest.raises(ValueError, match=message):
        program(bench, INVERSE, change(target()))
    assert bench.energy.sum() == 0


@pytest.mark.parametrize("settings", [{"tolerance": -0.1}, {"max_pulses": -1}])
def test_impossible_settings_are_refused(settings):
    with pytest.raises(ValueError, match="must be at least 0"):
        program(SimulatedBench(DEVICE, (4, 5)), INVERSE, target(), **settings)


def test_identical_pulses_take_more_pulses_than_the_inverse():
    constant = ConstantPulse(width=5e-8).fit(DEVICE)
    slow = program(SimulatedBench(DEVICE, (4, 5)), constant, target(), tolerance=0.05)
    fast = program(SimulatedBench(DEVICE, (4, 5)), INVERSE, target(), tolerance=0.05)
    assert slow.pulses.sum() > 3 * fast.pulses.sum()


@pytest.mark.parametrize(
    ("amplitude", "width", "message"),
    [
        (torch.ones(2, 2), torch.ones(3, 3), "`width` must have the shape of `amplitude`"),
        (torch.ones(2), torch.ones(2), "`amplitude` must have shape"),
        (torch.ones(2, 2), -torch.ones(2, 2), "`width` must be at least 0 s"),
        (torch.full((2, 2), torch.inf), torch.ones(2, 2), "`amplitude` must be finite"),
    ],
)
def test_impossible_pulses_are_refused(amplitude, width, message):
    with pytest.raises(ValueError, match=message):
        Pulse(amplitude, width)


def test_the_inverse_refuses_a_device_that_switches_at_once():
    with pytest.raises(ValueError, match="`device` must switch gradually, but switches at once"):
        NoiseFreeInverse().fit(Synaptogen())


@pytest.mark.parametrize("scheme", [PacedInverse(), IncrementalPI()])
def test_asking_for_the_few_cells_that_are_left_changes_no_pulse(scheme, monkeypatch):
    device = SoftBounds(device_spread=0.3, cycle_noise=0.3)
    scheme = scheme.fit(device)
    target = torch.linspace(12e-6, 98e-6, 1024, dtype=torch.float64).reshape(2, 16, 32)
    results = []
    for many in (1 << 16, 1):
        monkeypatch.setattr("mho.programming.record._MANY", many)
        bench = SimulatedBench(device, (2, 16, 32))
        results.append(program(bench, scheme, target, tolerance=0.01, max_pulses=12))
    few, all_of_them = results
    torch.testing.assert_close(few.conductance, all_of_them.conductance, rtol=1e-12, atol=0)
    torch.testing.assert_close(few.width, all_of_them.width, rtol=1e-12, atol=0)
