"""Feedforward pulses: even steps, by a table that is measured and may correct itself."""

import math
from dataclasses import replace

import pytest
import torch

from mho import FeedforwardPulse, Pulse, SimulatedBench, program
from mho.core import Past
from mho.devices import FourTerminal, InTime, JartTUD, SoftBounds
from mho.devices.time import Ageing
from mho.programming.feedforward import (
    IdenticalPulses,
    LinearConductance,
    LinearResistance,
    Ramps,
    StepMap,
    cycle,
)
from mho.programming.feedforward.step_map import Observations

SOFT = SoftBounds(cycle_noise=0.05)
SCHEME = FeedforwardPulse(
    scale=LinearConductance(margin=0.05),
    set_pulses=50,
    reset_pulses=40,
    width=2e-8,
    strongest=2.0,
)
FITTED = SCHEME.fit(SOFT)


def at(*positions):
    return FITTED.scale.conductance(torch.tensor([positions], dtype=torch.float64))


def soft_amplitude(conductance, change, width, bound):
    """Amplitude with which soft bounds move by a change, from the closed form."""
    rate = -math.log1p(-abs(change) / abs(bound - conductance)) / width
    return SOFT.v0 * math.asinh(rate * SOFT.tau * math.sinh(1.0 / SOFT.v0))


def test_a_position_is_linear_in_conductance_or_in_resistance():
    ends = {"low": 1 / 880, "high": 1 / 740}
    half = torch.tensor(0.5, dtype=torch.float64)
    assert float(1 / LinearResistance(**ends).conductance(half)) == pytest.approx(810)
    middle = float(LinearConductance(**ends).conductance(half))
    assert middle == pytest.approx((1 / 880 + 1 / 740) / 2)
    for scale in (LinearConductance(**ends), LinearResistance(**ends)):
        share = torch.tensor([0.0, 0.3, 1.0], dtype=torch.float64)
        torch.testing.assert_close(scale.position(scale.conductance(share)), share)


def test_ends_come_from_the_device_unless_they_are_given():
    scale = LinearConductance(margin=0.1).spanning(SOFT)
    assert (scale.low, scale.high) == pytest.approx((19e-6, 91e-6))
    assert LinearConductance(low=20e-6).spanning(SOFT).low == 20e-6
    with pytest.raises(ValueError, match="`scale` must have its ends"):
        LinearConductance().position(torch.ones(1))


def test_the_fitted_amplitudes_are_those_of_the_closed_form():
    for position in (0.1, 0.5, 0.9):
        start = at(position)
        low, high = FITTED.scale.ends()
        for target, bound, step in (
            (at(1.0), SOFT.high, (high - low) / 50),
            (at(0.0), SOFT.low, (high - low) / 40),
        ):
            amplitude = float(FITTED.pulse(start, target).amplitude)
            expected = soft_amplitude(float(start), step, 2e-8, bound)
            assert abs(amplitude) == pytest.approx(expected, rel=0.07)
            assert amplitude * (bound - float(start)) > 0


def test_a_target_nearer_than_a_step_gets_a_smaller_pulse():
    near = FITTED.pulse(at(0.5), at(0.505)).amplitude
    far = FITTED.pulse(at(0.5), at(0.9)).amplitude
    assert 0 < near < far
    assert float(far) == float(FITTED.pulse(at(0.5), at(0.6)).amplitude)


@pytest.mark.parametrize(
    ("device", "tolerance"),
    [
        (SOFT, 0.05),
        (JartTUD.preset("yu2022", set_voltage=-0.4713, reset_voltage=0.9726).noise_free(), 0.15),
        (FourTerminal.preset("ffp2025", heat=None), 0.08),
    ],
    ids=["soft", "jart", "four_terminal"],
)
def test_a_sweep_takes_the_pulses_that_were_asked_for_in_even_steps(device, tolerance):
    width = 0.8 if isinstance(device, FourTerminal) else 2e-8
    scheme = replace(SCHEME, width=width, set_pulses=200, reset_pulses=150).fit(device)
    driven = cycle(SimulatedBench(device, (1, 4), seed=1), scheme, 2)
    for side, pulses in ((driven.up, 200), (driven.down, 150)):
        counted = side.events.double()[4:] if side is driven.up else side.events.double()
        assert float(counted.mean()) == pytest.approx(pulses, rel=tolerance)
        assert float(side.position.diff(dim=1).abs().nan_to_num().max()) < 4.0 / pulses


def test_sweeps_follow_each_other_and_their_energy_is_that_of_the_bench():
    bench = SimulatedBench(SOFT, (2, 3), seed=0)
    driven = cycle(bench, FITTED, 2)
    assert driven.up.conductance.shape[0] == 12
    last = [row[~row.isnan()][-1] for row in driven.up.conductance]
    torch.testing.assert_close(torch.stack(last), driven.down.conductance[:, 0])
    total = driven.up.energy.sum() + driven.down.energy.sum()
    torch.testing.assert_close(total, bench.energy.sum())
    seconds = driven.up.events * driven.up.width
    torch.testing.assert_close(driven.up.power * seconds, driven.up.energy)


def test_identical_pulses_start_at_one_end_and_correlate_as_pearson_says(generator):
    pulses = IdenticalPulses(amplitudes=(0.8, 1.0), width=5e-8, pulses=20, start_amplitude=1.5)
    noisy = SoftBounds(cycle_noise=0.3)
    bench = SimulatedBench(noisy, (1, 2), seed=0)
    scale = FITTED.scale
    curves = pulses.measure(bench, scale, polarity=-1.0, upwards=False)
    assert curves.conductance.shape == (2, 5, 21, 1, 2)
    assert (curves.amplitude < 0).all()
    assert (scale.position(curves.conductance[:, :, 0]) >= 1.0).all()
    assert (curves.value.diff(dim=2) < 0).all()
    assert curves.pulses > 2 * 5 * 20
    one = curves.value[1, :, :, 0]
    pairs = [torch.corrcoef(torch.stack([one[k], one[4]]))[0, 1] for k in range(4)]
    torch.testing.assert_close(curves.reproducibility[1, 0], torch.stack(pairs).mean())
    spread = one.amax(1) - one.amin(1)
    torch.testing.assert_close(curves.dynamic_range[1, :, 0], spread)


def test_a_table_out_of_identical_pulses_serves_as_well_as_one_out_of_the_model():
    sizes = tuple(float(size) for size in torch.arange(4, 21) / 10)
    pulses = IdenticalPulses(amplitudes=sizes, width=2e-8, pulses=60, start_amplitude=1.5)
    seen = [
        pulses.measure(SimulatedBench(SOFT, (1, 1)), FITTED.scale, polarity=volt, upwards=volt > 0)
        for volt in (1.0, -1.0)
    ]
    scheme = FITTED.calibrated(*(curves.observations for curves in seen), width=2e-8)
    driven = cycle(SimulatedBench(SOFT, (1, 8), seed=3), scheme)
    assert float(driven.up.events.double().mean()) == pytest.approx(50, rel=0.06)
    assert float(driven.down.events.double().mean()) == pytest.approx(40, rel=0.06)


def test_an_end_that_pulses_do_not_reach_is_refused():
    pulses = IdenticalPulses(amplitudes=(0.8, 1.0), width=1e-12, start_amplitude=0.1)
    raised = SimulatedBench(SOFT, (1, 1))
    raised.apply(Pulse.uniform((1, 1), amplitude=1.0, width=1e-6))
    with pytest.raises(ValueError, match="`start_amplitude` must lead every cell to the start"):
        pulses.measure(raised, FITTED.scale, polarity=1.0, upwards=True)
    with pytest.raises(ValueError, match="`amplitudes` must lead every cell from end to end"):
        replace(SCHEME, width=1e-15).fit(SOFT)


def test_a_map_inverts_what_it_expects():
    steps = FITTED.set_table.steps
    position = torch.linspace(0.05, 0.95, 7, dtype=torch.float64)
    wanted = torch.full_like(position, 0.02)
    amplitude = steps.inverse(position, wanted)
    torch.testing.assert_close(steps.expected(position, amplitude), wanted, rtol=1e-9, atol=0)
    beyond = steps.inverse(position, 10 + wanted)
    torch.testing.assert_close(beyond, steps.amplitude[-1].expand_as(beyond))


def test_observations_of_both_polarities_make_no_map():
    mixed = Observations(torch.full((2,), 0.5), torch.tensor([1.0, -1.0]), torch.ones(2))
    with pytest.raises(ValueError, match="`seen` must hold amplitudes of one polarity"):
        StepMap.of(mixed, width=1.0)


def test_pulses_that_cross_the_range_at_once_make_no_map():
    with pytest.raises(ValueError, match="`seen` must be of two amplitudes at least, but are all"):
        replace(SCHEME, width=1e-3).fit(SOFT)


def test_ramps_end_with_the_range():
    ramps = Ramps(amplitudes=(0.5, 0.8, 1.2, 1.8), width=5e-8, step=0.05)
    seen = ramps.measure(SimulatedBench(SOFT, (1, 3)), FITTED.scale, polarity=1.0, upwards=True)
    assert float(seen.position.max()) < 1.0
    assert float((seen.position + seen.step).max()) >= 1.0


def faster(device):
    """The same device, whose cells take half the time."""
    return replace(device, tau=device.tau / 2)


FINE = replace(SCHEME, set_pulses=150, reset_pulses=150).fit(SOFT)


def pulses_off(device, rate, cycles):
    """How far the last sweep up is from the pulses that were asked for, relative."""
    bench, scheme = SimulatedBench(device, (1, 8), seed=2), replace(FINE, learning=rate)
    for _ in range(cycles):
        driven = cycle(bench, scheme)
        scheme = driven.scheme
    return float(driven.up.events.double().mean()) / 150 - 1


def test_a_scheme_that_learns_mends_a_table_that_is_wrong():
    faster = replace(SOFT, tau=SOFT.tau / 2)
    assert pulses_off(faster, 0.0, 4) == pytest.approx(-0.5, abs=0.05)
    assert pulses_off(faster, 0.3, 4) == pytest.approx(0.0, abs=0.08)


def test_a_scheme_that_learns_follows_ageing():
    ageing = InTime(device=SOFT, effect=Ageing(lifetime=30.0, slope=1.0, spread=0.0))
    assert abs(pulses_off(ageing, 0.0, 3)) > 0.12
    assert abs(pulses_off(ageing, 0.3, 3)) < 0.08


def test_what_is_learnt_in_a_job_comes_from_its_past():
    learner = replace(FINE, learning=0.5)
    before, goal = at(0.5), at(0.9)
    pulse = learner.pulse(before, goal)
    after = at(0.513)  # twice as far as wanted
    weaker = learner.pulse(after, goal, Past((before,), (pulse,))).amplitude
    assert float(weaker) < float(FINE.pulse(after, goal).amplitude)
    again = learner.learned(before, pulse, after)
    assert torch.equal(again.pulse(after, goal).amplitude, weaker)
    assert FINE.learned(before, pulse, after) is FINE


def test_only_the_pulsed_cells_and_their_polarity_learn():
    learner = replace(FITTED, learning=0.5)
    before = at(0.5, 0.5)
    mask = torch.tensor([[True, False]])
    pulse = learner.pulse(before, at(0.9, 0.9)).where(mask)
    learned = learner.learned(before, pulse, at(0.6, 0.6))
    gain = learned.set_table.gain[0]
    assert not torch.equal(gain[0], torch.ones_like(gain[0]))
    assert torch.equal(gain[1], torch.ones_like(gain[1]))
    assert torch.equal(learned.reset_table.gain, FITTED.reset_table.gain)


def test_write_and_verify_meets_targets_closer_than_a_step():
    quiet = SOFT.noise_free()
    bench = SimulatedBench(quiet, (1, 5))
    target = at(0.113, 0.304, 0.555, 0.707, 0.911)
    result = program(bench, FITTED, target, tolerance=3e-3, max_pulses=100)
    assert result.converged.all()
