"""What each scheme does next, by hand."""

import math
from dataclasses import replace

import pytest
import torch

from mho import (
    Bisection,
    IncrementalPI,
    LookUpTable,
    NoiseFreeInverse,
    PacedInverse,
    Pulse,
    SimulatedBench,
    Staircase,
    Stairs,
    program,
)
from mho.core import Past
from mho.devices import LinearStep, SoftBounds, Synaptogen
from mho.programming.drive import Drive

SOFT = SoftBounds()


def cell(value):
    return torch.full((1, 1), value, dtype=torch.float64)


def past(*rounds):
    """Past of one cell, of (read, amplitude, width) each."""
    result = Past()
    for read, amplitude, width in rounds:
        result = result.then(cell(read), Pulse(cell(amplitude), cell(width)))
    return result


def run(scheme, reads, target):
    """Pulses (amplitude, width) that a scheme sends while a cell answers with the given reads."""
    sent, history = [], Past()
    for read in reads:
        pulse = scheme.pulse(cell(read), cell(target), history)
        sent.append((float(pulse.amplitude), float(pulse.width)))
        history = history.then(cell(read), pulse)
    return sent


STAIRS = Staircase(
    width=2e-7,
    set_stairs=Stairs(start=-0.5, step=0.2, stop=-1.0),
    reset_stairs=Stairs(start=0.6, step=0.1, stop=1.5),
)


def test_a_staircase_climbs_to_its_top_and_starts_again_when_it_turns():
    sent = run(STAIRS, [1e-5, 2e-5, 3e-5, 3.5e-5, 3.6e-5, 6e-5, 5.5e-5, 4e-5], 5e-5)
    assert [round(volts, 9) for volts, _ in sent] == [-0.5, -0.7, -0.9, -1, -1, 0.6, 0.7, -0.5]
    assert {width for _, width in sent} == {2e-7}


def test_a_staircase_starts_again_at_a_cell_that_was_left_alone():
    before = past((1e-5, -0.7, 2e-7), (5e-5, -0.9, 0.0))
    assert STAIRS.pulse(cell(1e-5), cell(5e-5), before).amplitude == -0.5


def test_a_staircase_takes_its_steps_from_the_voltages_of_the_device():
    scheme = Staircase().fit(Synaptogen())
    assert scheme.set_stairs == Stairs(start=-0.75, step=0.05 * 1.5, stop=1.3 * -1.5)
    assert scheme.reset_stairs == Stairs(start=0.75, step=0.05 * 1.5, stop=1.3 * 1.5)
    assert Staircase(set_stairs=STAIRS.set_stairs).fit(SOFT).set_stairs == STAIRS.set_stairs


@pytest.mark.parametrize("stairs", [(0.5, 0.1, -1.0), (1.0, 0.1, 0.5), (0.5, 0.0, 1.0)])
def test_stairs_that_lead_nowhere_are_refused(stairs):
    start, step, stop = stairs
    with pytest.raises(ValueError, match=r"Argument `st(ep|op)` must"):
        Stairs(start=start, step=step, stop=stop)


def test_a_staircase_programs_a_cell_whose_amplitude_alone_decides():
    device = Synaptogen()
    target = torch.linspace(0.2, 0.6, 64, dtype=torch.float64).reshape(8, 8) * device.g_max
    bench = SimulatedBench(device, (8, 8), seed=2)
    result = program(bench, Staircase().fit(device), target, tolerance=0.05, max_pulses=60)
    assert result.converged.double().mean() > 0.85


DRIVE = Drive(
    set_voltage=1.0, reset_voltage=-1.0, set_time=1e-6, reset_time=4e-6, low=1e-5, high=1e-4
)
PI = IncrementalPI(proportional=0.5, integral=0.25, start=0.1, drive=DRIVE)


def growth(error):
    return math.exp(0.5 * (error - 1.0) + 0.25 * error)


def test_the_controller_multiplies_the_width_by_what_the_error_says():
    # 40 uS are missing, then 30, then none of them and 10 too much, then 5 too much.
    sent = run(PI, [1e-5, 2e-5, 6e-5, 5.5e-5], 5e-5)
    first = 1e-7
    second = first * growth(0.75)
    third = 4 * second * growth(-1 / 3)
    assert [volts for volts, _ in sent] == [1.0, 1.0, -1.0, -1.0]
    expected = [first, second, third, third * growth(0.5)]
    assert [width for _, width in sent] == pytest.approx(expected, rel=1e-9)


def test_the_controller_grows_by_its_integral_gain_if_nothing_moves_up_to_the_longest():
    widths = [width for _, width in run(PI, [1e-5] * 40, 5e-5)]
    assert widths[1] / widths[0] == pytest.approx(math.exp(0.25))
    assert widths[-1] == pytest.approx(10 * 1e-6)


def test_an_error_far_beyond_the_target_counts_as_one():
    _, (_, width) = run(PI, [4.9e-5, 9.9e-5], 5e-5)
    assert width == pytest.approx(4e-7 * growth(-1.0))


def test_the_controller_finds_the_last_pulse_of_a_cell_that_was_left_alone():
    before = past((1e-5, 1.0, 3e-7), (2e-5, 1.0, 0.0), (2e-5, 1.0, 0.0))
    width = float(PI.pulse(cell(2e-5), cell(5e-5), before).width)
    assert width == pytest.approx(3e-7 * growth(0.75))


def test_a_pulse_of_an_earlier_job_away_from_the_target_leaves_the_width_as_it_was():
    before = past((8e-5, 1.0, 3e-7))
    width = float(PI.pulse(cell(9e-5), cell(2e-5), before).width)
    assert width == pytest.approx(4 * 3e-7)


BISECTION = Bisection(start=0.5, drive=DRIVE)


def test_bisection_halves_its_bracket_at_every_read():
    # Sent upwards so far: 0.5, then 1.0 in all, which is too much; down; then up again.
    sent = run(BISECTION, [1e-5, 2e-5, 9e-5, 2e-5, 3e-5], 5e-5)
    volts, widths = zip(*sent, strict=True)
    assert volts == (1.0, 1.0, -1.0, 1.0, 1.0)
    assert widths[:3] == pytest.approx((0.5e-6, 0.5e-6, 2e-6))
    # The bracket is [0.5, 1.0]: its middle, and when that falls short, half of what remains.
    assert widths[3:] == pytest.approx((0.75e-6, 0.125e-6))


def test_bisection_goes_the_other_way_within_the_bracket_of_that_way():
    # Down 2 us was too much (from 90 to 20 uS), so the next way down starts with half of that.
    sent = run(BISECTION, [9e-5, 2e-5, 9e-5], 5e-5)
    assert sent[0] == (-1.0, 2e-6)
    assert sent[1] == (1.0, 0.5e-6)
    assert sent[2] == (-1.0, pytest.approx(1e-6))


def test_bisection_passes_a_bracket_that_turned_out_wrong():
    before = past((1e-5, 1.0, 1e-6), (9e-5, -1.0, 2e-6))  # 1 us up was too much
    reads = [1e-5] * 30  # but now nothing moves it any more
    for read in reads:
        pulse = BISECTION.pulse(cell(read), cell(5e-5), before)
        assert float(pulse.width) > 0
        before = before.then(cell(read), pulse)
    assert sum(float(pulse.width) for pulse in before.pulses[2:]) > 2e-6
    assert max(float(pulse.width) for pulse in before.pulses) <= 10 * 1e-6


def test_the_drive_knows_the_time_of_a_full_switching():
    drive = Drive.of(SOFT, margin=0.02)
    exact = SOFT.tau * math.log(1 / 0.02)
    assert exact <= drive.set_time < 1.04 * exact
    assert drive.set_time == pytest.approx(drive.reset_time, rel=0.05)
    assert (drive.low, drive.high) == (SOFT.g_min, SOFT.g_max)


def test_a_device_that_does_not_switch_at_its_voltages_is_refused():
    lame = LinearStep(up_last=0.0, up_first=0.0)
    with pytest.raises(ValueError, match="`device` must switch from end to end, but does not"):
        Drive.of(lame)


@pytest.mark.parametrize("scheme", [IncrementalPI(), Bisection(), LookUpTable()])
def test_schemes_of_widths_refuse_a_device_that_switches_at_once(scheme):
    with pytest.raises(ValueError, match="`device` must switch gradually, but switches at once"):
        scheme.fit(Synaptogen())


def test_the_table_of_a_quiet_device_is_the_noise_free_inverse():
    quiet = LookUpTable(levels=40, cells=1, cycles=1, steps=300).fit(SOFT)
    inverse = NoiseFreeInverse(resolution=2e-3).fit(SOFT)
    now = torch.linspace(15e-6, 95e-6, 30, dtype=torch.float64)[:, None].expand(30, 30)
    width = quiet.pulse(now, now.T).width
    exact = inverse.pulse(now, now.T).width
    torch.testing.assert_close(width, exact, rtol=0.02, atol=5e-9)


def test_the_table_is_the_median_over_noisy_cells():
    device = SoftBounds(device_spread=0.8)
    table = LookUpTable(cells=101, cycles=1, steps=60, patience=8.0).fit(device).set_table
    middle = len(table.level) // 2
    ends = (table.level[place].reshape(1, 1) for place in (2, middle))
    exact = NoiseFreeInverse(resolution=2e-3).fit(device).pulse(*ends).width
    assert float(table.width[2, middle]) == pytest.approx(float(exact), rel=0.2)
    assert torch.equal(table.width, -table.width.T)


def test_a_table_is_interpolated_between_its_levels():
    scheme = LookUpTable(levels=12, cells=1, cycles=1).fit(SOFT)
    table = scheme.set_table
    level, width = table.level, table.width
    here, there = (level[3] + level[4]) / 2, (level[7] + level[8]) / 2
    assert table.at(here, there) == pytest.approx(float(width[3:5, 7:9].mean()))
    assert table.at(level[5], level[9]) == pytest.approx(float(width[5, 9]))
    assert table.at(level[5], level[5]) == 0.0


def test_the_same_seed_fills_the_same_table():
    scheme = LookUpTable(levels=6, cells=5, cycles=1, steps=50)
    noisy = SoftBounds(cycle_noise=0.3)
    one, same = scheme.fit(noisy), scheme.fit(noisy)
    other = replace(scheme, seed=1).fit(noisy)
    assert torch.equal(one.set_table.width, same.set_table.width)
    assert not torch.equal(one.set_table.width, other.set_table.width)


def test_the_paced_inverse_takes_the_pace_of_a_cell_out_of_its_pulses():
    inverse = NoiseFreeInverse(resolution=1e-4).fit(SOFT)
    scheme = PacedInverse(inverse=inverse)
    start, target = (torch.full((1, 3), g, dtype=torch.float64) for g in (20e-6, 80e-6))
    first = scheme.pulse(start, target)
    assert torch.equal(first.width, inverse.pulse(start, target).width)
    # Cells three times as fast and as slow as the model, and one that the pulse did not move.
    pace = torch.tensor([[3.0, 1 / 3, 1.0]], dtype=torch.float64)
    sent = Pulse(first.amplitude, first.width * torch.tensor([[0.3, 1.0, 0.0]]))
    after = SOFT.high + (start - SOFT.high) * torch.exp(-pace * sent.width / SOFT.tau)
    next_one = scheme.pulse(after, target, Past((start,), (sent,)))
    nominal = inverse.pulse(after, target).width
    torch.testing.assert_close(next_one.width, nominal / pace.sqrt(), rtol=1e-3, atol=0)


def test_the_paced_inverse_brings_every_cell_to_its_target_where_paces_spread():
    device = SoftBounds(device_spread=0.3, cycle_noise=0.3)
    target = torch.linspace(12e-6, 98e-6, 4096, dtype=torch.float64).reshape(64, 64)
    results = [
        program(
            SimulatedBench(device, (64, 64)),
            scheme.fit(device),
            target,
            tolerance=0.01,
            max_pulses=15,
        )
        for scheme in (NoiseFreeInverse(), PacedInverse())
    ]
    plain, paced = (int((~result.converged).sum()) for result in results)
    assert paced == 0 < plain
    assert results[1].pulses.double().mean() < results[0].pulses.double().mean()


def test_the_inverse_takes_conductances_in_any_order_of_memory():
    inverse = NoiseFreeInverse(resolution=2e-3).fit(SOFT)
    now = torch.linspace(15e-6, 60e-6, 12, dtype=torch.float64).reshape(3, 4)
    turned = inverse.pulse(now.T, now.T + 20e-6)
    assert torch.equal(turned.width, inverse.pulse(now, now + 20e-6).width.T)
