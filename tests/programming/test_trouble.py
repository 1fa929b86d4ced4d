"""Cells, benches and schemes that fail: the others are programmed, and what was read is kept."""

import warnings
from dataclasses import dataclass, replace

import pytest
import torch

from mho import (
    ConstantPulse,
    NoiseFreeInverse,
    ProgramCancelled,
    ProgramInterrupted,
    Programmer,
    Pulse,
    SimulatedBench,
    program,
)
from mho.core.random import generator
from mho.devices import SoftBounds

DEVICE = SoftBounds(cycle_noise=0.05)
INVERSE = NoiseFreeInverse(resolution=2e-3).fit(DEVICE)
TARGET = torch.linspace(15e-6, 95e-6, 20, dtype=torch.float64).reshape(4, 5)
DEAD = torch.zeros(4, 5, dtype=torch.bool)
DEAD[1, 2] = DEAD[3, 0] = True


class FaultyBench:
    """Simulated cells behind wires that may be broken."""

    def __init__(self, *, on_apply=None, on_read=None, stuck=None):
        self.cells = SimulatedBench(DEVICE, (4, 5))
        self.on_apply, self.on_read = on_apply, on_read
        self.stuck = torch.zeros(4, 5, dtype=torch.bool) if stuck is None else stuck
        self.applied = self.reads = 0

    shape = property(lambda self: self.cells.shape)
    energy = property(lambda self: self.cells.energy)

    def apply(self, pulse):
        if self.on_apply is not None:
            self.on_apply(self.applied)
        self.cells.apply(pulse.where(~self.stuck))
        self.applied += 1

    def read(self):
        conductance = self.cells.read()
        if self.on_read is not None:
            conductance = self.on_read(self.reads, conductance)
        self.reads += 1
        return conductance


def fail_at(count, error):
    def fail(calls, conductance=None):
        if calls == count:
            raise error
        return conductance

    return fail


def job(bench, **settings):
    return program(bench, INVERSE, TARGET, **({"tolerance": 0.005, "max_pulses": 30} | settings))


def test_targets_beyond_the_reach_of_the_scheme_are_named_and_the_others_programmed():
    target = TARGET.clone()
    target[0, 1], target[2, 3] = 300e-6, 2e-6
    result = program(FaultyBench(), INVERSE, target, tolerance=0.02, max_pulses=40)
    assert result.unreachable.nonzero().tolist() == [[0, 1], [2, 3]]
    assert torch.equal(result.converged, ~result.unreachable)
    assert "with a target beyond 10 uS to 100 uS: 2 cells, (0, 1), (2, 3)" in str(result)
    assert result.conductance[-1, 0, 1] > 95e-6


def test_a_scheme_that_does_not_know_its_reach_calls_nothing_unreachable():
    scheme = ConstantPulse(set_amplitude=1.0, reset_amplitude=-1.0)
    result = program(FaultyBench(), scheme, 10 * TARGET, max_pulses=1)
    assert not result.unreachable.any()


def test_stuck_cells_are_named_and_the_others_programmed_as_always():
    whole, broken = job(FaultyBench()), job(FaultyBench(stuck=DEAD))
    assert torch.equal(broken.stuck, DEAD)
    assert not whole.stuck.any()
    assert broken.converged[~DEAD].all()
    assert int(broken.pulses[DEAD].min()) == 30
    assert "stuck: 5 pulses did not move: 2 cells, (1, 2), (3, 0)" in str(broken)
    assert "stuck" not in str(whole)


def test_cells_that_move_a_little_with_every_pulse_are_slow_but_not_stuck():
    scheme = ConstantPulse(width=5e-9).fit(DEVICE)
    result = program(FaultyBench(), scheme, TARGET, max_pulses=8)
    assert not result.converged.all()
    assert not result.stuck.any()


def test_stuck_cells_are_found_in_noisy_reads_too():
    noise = generator(3)

    def noisy(calls, conductance):
        draw = torch.randn(conductance.shape, dtype=torch.float64, generator=noise)
        return conductance * (1 + 0.004 * draw)

    result = job(FaultyBench(stuck=DEAD, on_read=noisy), tolerance=0.02)
    assert torch.equal(result.stuck, DEAD)


def test_a_result_names_the_first_few_cells_and_counts_all():
    everything = torch.ones_like(DEAD)
    text = str(job(FaultyBench(stuck=everything), max_pulses=5))
    assert "20 cells, (0, 0), (0, 1), (0, 2), (0, 3), (0, 4), ..." in text


def test_cells_that_answer_nan_are_left_alone_and_the_others_programmed():
    def broken(calls, conductance):
        return torch.where(DEAD & (calls >= 1), torch.nan, conductance)

    bench = FaultyBench(on_read=broken)
    result = job(bench)
    assert torch.equal(result.unreadable, DEAD)
    assert torch.equal(result.converged, ~DEAD)
    assert (result.pulses[DEAD] == 1).all()
    assert torch.equal(result.energy, bench.energy)
    text = str(result)
    assert "unreadable: 2 cells, (1, 2), (3, 0)" in text
    assert "nan" not in text


def test_a_read_that_fails_once_or_twice_is_tried_again():
    def flickering(calls, conductance):
        return torch.where(DEAD & (calls in (1, 2)), torch.inf, conductance)

    result = job(FaultyBench(on_read=flickering))
    assert result.converged.all()
    assert not result.unreadable.any()
    plain = job(FaultyBench())
    assert torch.equal(result.conductance, plain.conductance)


def test_a_bench_of_which_nothing_can_be_read_gets_no_pulse():
    bench = FaultyBench(on_read=lambda calls, conductance: torch.nan * conductance)
    result = job(bench)
    assert result.unreadable.all()
    assert bench.applied == 0
    assert "0 of 20 cells" in str(result)


@pytest.mark.parametrize("error", [TimeoutError("no answer"), OSError("bus"), ValueError("?")])
def test_what_was_read_before_a_pulse_failed_is_kept(error):
    whole = job(FaultyBench(), tolerance=1e-5)
    assert len(whole.width) > 2
    with pytest.raises(
        ProgramInterrupted, match=r"sending a pulse.*reads so far: 3, pulses: 2"
    ) as caught:
        job(FaultyBench(on_apply=fail_at(2, error)), tolerance=1e-5)
    result = caught.value.result
    assert caught.value.__cause__ is error
    assert torch.equal(result.conductance, whole.conductance[:3])
    assert torch.equal(result.width, whole.width[:2])
    assert (result.energy > 0).all()


def test_what_was_read_before_a_read_failed_is_kept_and_that_read_is_nan():
    whole = job(FaultyBench())
    with pytest.raises(ProgramInterrupted, match="TimeoutError: no answer") as caught:
        job(FaultyBench(on_read=fail_at(2, TimeoutError("no answer"))))
    result = caught.value.result
    assert torch.equal(result.conductance[:2], whole.conductance[:2])
    assert torch.isnan(result.conductance[2]).all()
    assert torch.equal(result.width, whole.width[:2])


def test_a_bench_that_never_answers_has_a_result_of_nothing():
    with pytest.raises(ProgramInterrupted, match="reads so far: 0, pulses: 0") as caught:
        job(FaultyBench(on_read=fail_at(0, TimeoutError("no answer"))))
    assert caught.value.result.unreadable.all()
    assert caught.value.result.energy.sum() == 0


def test_ctrl_c_is_still_ctrl_c_and_carries_the_result():
    with pytest.raises(KeyboardInterrupt) as caught:
        job(FaultyBench(on_apply=fail_at(1, KeyboardInterrupt())))
    assert isinstance(caught.value, ProgramCancelled)
    assert len(caught.value.result.width) == 1
    assert torch.isfinite(caught.value.result.conductance).all()


def test_reads_of_another_shape_are_refused_by_name():
    bench = FaultyBench(on_read=lambda calls, conductance: conductance[:2])
    with pytest.raises(ProgramInterrupted, match=r"`bench.read\(\)` must have the shape of the"):
        job(bench)


@dataclass(frozen=True)
class Wild(Programmer):
    """Returns the width that it was given, of the shape that it was given."""

    width: float
    rows: int = 4

    def fit(self, device):
        return self

    def pulse(self, conductance, target, past=None):
        return Pulse.uniform((self.rows, 5), amplitude=1.0, width=self.width)

    def check(self, bench):
        if self.rows > bench.shape[0] + 1:
            raise ValueError("made for another bench")


@pytest.mark.parametrize(
    ("scheme", "fault"),
    [
        (Wild(torch.nan), "`width` must be finite"),
        (Wild(-1e-6), "`width` must be at least 0 s"),
        (Wild(1e-6, rows=5), "`pulse` must have the shape of the bench"),
    ],
)
def test_a_scheme_that_returns_nonsense_is_named_and_nothing_is_sent(scheme, fault):
    bench = FaultyBench()
    with pytest.raises(ProgramInterrupted, match=f"asking Wild for a pulse.*{fault}") as caught:
        program(bench, scheme, TARGET)
    assert bench.applied == 0
    assert torch.equal(caught.value.result.conductance[0], bench.cells.read())


def test_a_scheme_is_asked_first_whether_it_was_made_for_the_bench():
    bench = FaultyBench()
    with pytest.raises(ValueError, match="made for another bench"):
        program(bench, Wild(1e-6, rows=9), TARGET)
    assert bench.reads == 0


def noisy_bench(share):
    noise = generator(11)

    def noisy(calls, conductance):
        draw = torch.randn(conductance.shape, dtype=torch.float64, generator=noise)
        return conductance * (1 + share * draw)

    return FaultyBench(on_read=noisy)


def test_read_noise_above_the_tolerance_is_told_once_with_the_remedy():
    with pytest.warns(UserWarning, match=r"than the tolerance of 1 %.*`reads=\d+`") as caught:
        result = job(noisy_bench(0.05), tolerance=0.01)
    assert len(caught) == 1
    assert result.read_noise == pytest.approx(0.05, rel=0.5)


def test_averaging_reads_brings_noisy_cells_within_the_tolerance():
    bench = noisy_bench(0.05)
    result = job(bench, tolerance=0.04, reads=40, max_pulses=40)
    assert result.converged.all()
    assert bench.reads == 40 * len(result.conductance)
    assert ((bench.cells.read() - TARGET).abs() / TARGET).max() < 0.08
    assert result.read_noise == pytest.approx(0.05 / 40**0.5, rel=0.5)


def test_nothing_is_warned_of_without_noise():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert job(FaultyBench()).read_noise == 0.0


def test_no_pulses_and_no_past_are_a_job_too():
    bench = FaultyBench()
    result = job(bench, max_pulses=0)
    assert len(result.width) == 0
    assert result.conductance.shape == (1, 4, 5)
    assert not result.stuck.any()
    assert result.past.reads == result.past.pulses == ()
    assert "0 of 20 cells" in str(result)


class Listening(Programmer):
    """Constant pulses that remember what they were told."""

    def __init__(self):
        self.heard = []

    def fit(self, device):
        return self

    def pulse(self, conductance, target, past):
        self.heard.append((conductance, past))
        return ConstantPulse(width=5e-8).fit(DEVICE).pulse(conductance, target)


def test_a_job_goes_on_from_the_past_of_an_earlier_one():
    bench, scheme = FaultyBench(), Listening()
    first = program(bench, scheme, TARGET, max_pulses=3)
    second = program(bench, scheme, TARGET.flip(0), max_pulses=2, past=first.past)
    conductance, past = scheme.heard[3]
    assert torch.equal(conductance, first.conductance[-1])
    assert len(past.reads) == len(past.pulses) == 3
    for k in range(3):
        assert torch.equal(past.reads[k], first.conductance[k])
        assert torch.equal(past.pulses[k].width, first.width[k])
        assert torch.equal(past.pulses[k].amplitude, first.amplitude[k])
    assert len(second.width) == 2
    reads = torch.stack(second.past.reads)
    assert torch.equal(reads, torch.cat([first.conductance[:-1], second.conductance[:-1]]))
    assert len(second.past.pulses) == 5


def test_the_past_of_other_cells_is_refused():
    past = program(FaultyBench(), INVERSE, TARGET, max_pulses=1).past
    with pytest.raises(ValueError, match=r"`past.reads` must have the shape of the bench"):
        program(SimulatedBench(DEVICE, (2, 2)), INVERSE, TARGET[:2, :2], past=past)


def test_many_cells_print_at_once():
    import time

    shape = (400, 500)
    target = torch.full(shape, 50e-6, dtype=torch.float64)
    result = program(SimulatedBench(DEVICE, shape), INVERSE, target, tolerance=0.01, max_pulses=6)
    result = replace(result, target=result.target * 10)
    started = time.process_time()
    assert "(0, 0), (0, 1)" in str(result)
    assert time.process_time() - started < 1.0
