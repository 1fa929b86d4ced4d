"""What time, reading and use do to cells agrees with the laws that they are said to follow."""

import math
from dataclasses import replace

import pytest
import torch

from mho import Pulse, SimulatedBench
from mho.core.units import BOLTZMANN, ELEMENTARY_CHARGE
from mho.devices import (
    Ageing,
    Drift,
    InTime,
    ReadDisturb,
    ReadNoise,
    Relaxation,
    SoftBounds,
    TelegraphNoise,
)
from mho.devices.time import RelaxationMeasurement, fit_relaxation, fit_telegraph
from mho.devices.time.telegraph_fit import in_bins, sampled_lorentzian, spectrum

MANY = (100, 200)
LAW = Relaxation.preset("tech_c", ceiling=130e-6)


def at(device, conductance, shape=MANY, seed=0):
    """Cells of soft bounds under an effect, set to a conductance."""
    state = device.fabricate(shape, torch.Generator().manual_seed(seed))
    level = torch.full(shape, conductance, dtype=torch.float64)
    return replace(state, cells=replace(state.cells, conductance=level, read=level))


def on_soft_bounds(effect):
    return InTime(device=SoftBounds(), effect=effect)


def farthest(first, second):
    """Kolmogorov-Smirnov distance of two samples, over the distance that one in 1000 exceed."""
    first, second = first.flatten().sort().values, second.flatten().sort().values
    both = torch.cat([first, second])
    shares = (torch.searchsorted(each, both, right=True) / len(each) for each in (first, second))
    return (next(shares) - next(shares)).abs().max().item() / (
        1.95 * math.sqrt(1 / len(first) + 1 / len(second))
    )


@pytest.mark.parametrize(
    "effect", [LAW, Drift(), TelegraphNoise(corners=(0.02,), amplitudes=(0.1,))]
)
def test_two_rests_are_one_in_distribution(effect, generator):
    device = on_soft_bounds(effect)
    once = device.relax(at(device, 40e-6), 10.0, generator)
    twice = device.relax(device.relax(at(device, 40e-6, seed=1), 1.0, generator), 9.0, generator)
    moved = device.relax(at(device, 40e-6, seed=2), 1.0, generator)
    read = [device.conductance(each) for each in (once, twice, moved)]
    assert farthest(read[0], read[1]) < 1
    if effect is LAW:  # the test itself tells 1 s from 10 s
        assert farthest(read[0], read[2]) > 1


def test_relaxation_has_the_mean_and_the_variance_of_its_law(generator):
    device = on_soft_bounds(LAW)
    state = device.relax(at(device, 40e-6, (500, 400)), 100.0, generator)
    start = math.asin(math.sqrt(40 / 130))
    angle = torch.asin((device.conductance(state) / 130e-6).sqrt()) - start
    elapsed = math.log1p(100.0 / LAW.onset)
    drift, spread = LAW.drift_and_spread(torch.tensor(40 / 130))
    variance = (spread**2 + (LAW.bursts * drift) ** 2 * LAW.burstiness) * elapsed
    assert angle.mean().item() == pytest.approx(drift.item() * elapsed, abs=5e-4)
    assert angle.var().item() == pytest.approx(variance.item(), rel=0.03)
    kurtosis = ((angle - angle.mean()) / angle.std()).pow(4).mean().item() - 3
    assert kurtosis == pytest.approx(3 * LAW.bursts**2 * LAW.burstiness / elapsed, rel=0.3)


def test_what_stays_and_what_comes_and_goes_share_the_covariance_between_times(generator):
    law = replace(LAW, drift=(0.0,) * 6, bursts=0.0, permanence=0.4, memory=2.0)
    start = torch.full((200_000,), 40e-6, dtype=torch.float64)
    read = law.histories(start, torch.tensor([1.0, 100.0], dtype=torch.float64), generator)
    first, second = law.angle(read) - law.angle(start)
    u, v = law.elapsed(torch.tensor([1.0, 100.0], dtype=torch.float64)).tolist()
    expected = 0.4 * u + 0.6 * math.sqrt(u * v) * math.exp(-(v - u) / 2.0)
    spread = law.drift_and_spread(torch.tensor(40 / 130))[1].item()
    assert (first * second).mean().item() / spread**2 == pytest.approx(expected, rel=0.03)


def test_conductances_stay_between_the_walls(generator):
    wild = replace(LAW, spread=(0.5,) * 6)
    read = wild.histories(
        torch.linspace(0, 130e-6, 1000, dtype=torch.float64)[1:],
        torch.tensor([1e5], dtype=torch.float64),
        generator,
    )
    assert (read >= 0).all()
    assert (read <= 130e-6).all()


def test_a_ceiling_below_the_device_is_refused(generator):
    device = on_soft_bounds(replace(LAW, ceiling=50e-6))
    with pytest.raises(ValueError, match="Take the law with a higher ceiling"):
        device.relax(at(device, 60e-6), 1.0, generator)


def test_a_full_set_rewrites_what_relaxed_and_a_partial_one_its_share(generator):
    device = on_soft_bounds(replace(LAW.noise_free(), drift=(-0.01,) * 6))
    rested = device.relax(at(device, 40e-6, (1, 1)), 1e3, generator)
    full = device.apply(rested, Pulse.uniform((1, 1), amplitude=1.0, width=1.0), generator)
    assert device.conductance(full).item() == pytest.approx(100e-6)
    # A time of ln 2 relaxation times leaves half of the way to 100 uS, 70 uS, and half the past.
    half = Pulse.uniform((1, 1), amplitude=1.0, width=1e-6 * math.log(2))
    partly = device.apply(rested, half, generator)
    past = LAW.angle(device.conductance(rested)) - math.asin(math.sqrt(40 / 130))
    left = LAW.angle(device.conductance(partly)) - math.asin(math.sqrt(70 / 130))
    assert left.item() == pytest.approx(past.item() / 2)


def test_a_programming_pulse_starts_the_time_anew_and_a_read_does_not(generator):
    device = on_soft_bounds(LAW)
    rested = device.relax(at(device, 40e-6), 5.0, generator)
    times = [
        device.apply(
            rested, Pulse.uniform(MANY, amplitude=volt, width=1e-9), generator
        ).effect.time.max()
        for volt in (1.0, 0.1)
    ]
    assert times == [0.0, 5.0]


def test_drift_is_a_power_of_time(generator):
    device = on_soft_bounds(Drift(exponent=0.1, spread=0.0, onset=2.0))
    state = device.relax(at(device, 40e-6), 18.0, generator)
    read = device.conductance(state)
    torch.testing.assert_close(read, torch.full_like(read, 40e-6 * 10**-0.1))


def test_reads_push_a_cell_to_the_end_that_their_sign_means(generator):
    device = on_soft_bounds(ReadDisturb(tau=10.0))
    state = at(device, 40e-6)
    for volt, end in ((0.1, 100e-6), (-0.1, 10e-6)):
        read = Pulse.uniform(MANY, amplitude=volt, width=5.0)
        after = device.apply(device.apply(state, read, generator), read, generator)
        moved = device.conductance(after)
        inner = device.device.conductance(after.cells)  # a read moves soft bounds too, a little
        expected = inner + (end - inner) * (1 - math.exp(-1))
        torch.testing.assert_close(moved, expected)


@pytest.mark.parametrize(
    ("fano", "volt", "density"),
    [
        (0.0, 0.1, 4 * BOLTZMANN * 300 * 40e-6),
        (1.0, 1.0, 2 * ELEMENTARY_CHARGE * 40e-6),
        (1.0, 1e-4, 4 * BOLTZMANN * 300 * 40e-6),
    ],
)
def test_white_noise_is_thermal_at_low_and_shot_at_high_voltage(fano, volt, density, generator):
    device = on_soft_bounds(ReadNoise(bandwidth=1e5, fano=fano))
    state = device.relax(at(device, 40e-6, (500, 400)), 1.0, generator)
    current = device.current(state, torch.full((500, 400), volt, dtype=torch.float64))
    assert current.mean().item() == pytest.approx(40e-6 * volt, rel=1e-3)
    assert current.var().item() == pytest.approx(1e5 * density, rel=0.02)


def test_telegraphs_have_the_spectrum_of_their_traps(generator):
    noise = TelegraphNoise(corners=(0.5, 5.0, 50.0), amplitudes=(0.02, 0.01, 0.02))
    device, state, read = on_soft_bounds(noise), None, []
    state = at(device, 40e-6, (1, 256))
    for _ in range(2048):
        state = device.relax(state, 0.01, generator)
        read.append(device.conductance(state))
    series = torch.stack(read, -1).squeeze(0)
    frequency, density, _ = in_bins(*spectrum(series, 100.0, segment=2048), per_decade=4)
    corners = torch.tensor(noise.corners, dtype=torch.float64)
    variance = torch.tensor(noise.amplitudes, dtype=torch.float64).square()
    expected = 40e-6**2 * variance @ sampled_lorentzian(corners, frequency, 100.0)
    # The lowest lines see the finite segment.
    torch.testing.assert_close(density[3:], expected[3:], rtol=0.1, atol=0)
    again = fit_telegraph(series, 100.0, segment=2048)
    assert sum(a * a for a in again.amplitudes) == pytest.approx(9e-4, rel=0.1)


def test_a_trap_has_two_conductances(generator):
    device = on_soft_bounds(TelegraphNoise(corners=(1.0,), amplitudes=(0.1,)))
    read = device.conductance(device.relax(at(device, 40e-6), 1.0, generator))
    assert sorted({round(value * 1e6, 9) for value in read.flatten().tolist()}) == [36.0, 44.0]


def test_the_window_is_half_closed_at_the_end_of_the_lifetime(generator):
    device = on_soft_bounds(Ageing(lifetime=4.0, spread=0.0))
    state = device.fabricate((1, 1), generator)
    for volt in (1.0, -1.0) * 4:
        state = device.apply(state, Pulse.uniform((1, 1), amplitude=volt, width=1.0), generator)
    assert state.effect.cycles.item() == pytest.approx(4.0)
    assert device.conductance(state).item() == pytest.approx((10e-6 + 55e-6) / 2)


def test_effects_stack_and_a_bench_lets_time_pass():
    drifting = on_soft_bounds(Drift(exponent=0.1, spread=0.0))
    noisy = InTime(device=drifting, effect=TelegraphNoise())
    bench = SimulatedBench(noisy, (50, 50), seed=0)
    before = bench.read()
    bench.wait(1e4)
    assert bench.read().mean() / before.mean() == pytest.approx(1e4**-0.1, rel=0.01)
    assert bench.read().std() / bench.read().mean() == pytest.approx(0.01 * 5**0.5, rel=0.1)


def measured(law, cells=600, seed=3):
    levels = torch.linspace(2e-6, 38e-6, 12, dtype=torch.float64)
    level = torch.arange(12).repeat_interleave(cells)
    start, time = levels[level], torch.tensor([0.0, 0.01, 0.1, 1.0, 1e5], dtype=torch.float64)
    later = law.histories(start, time[1:], torch.Generator().manual_seed(seed))
    return RelaxationMeasurement(time, level, torch.cat([start[None], later]).T)


def test_a_fit_finds_the_law_that_made_a_measurement():
    law = Relaxation.preset("tech_c")
    found = fit_relaxation(measured(law), ceiling=law.ceiling, levels=law.levels)
    assert found.onset == pytest.approx(law.onset, rel=0.2)
    assert found.spread[1:] == pytest.approx(law.spread[1:], rel=0.1)
    assert found.drift[2:] == pytest.approx(law.drift[2:], abs=4e-4)  # clear of the wall
    assert found.permanence == pytest.approx(law.permanence, abs=0.1)
    assert found.memory == pytest.approx(law.memory, rel=0.35)
    kurtosis = [each.bursts**2 * each.burstiness for each in (found, law)]
    assert kurtosis[0] == pytest.approx(kurtosis[1], rel=0.35)


def test_times_at_which_cells_are_missing_are_left_out_of_a_fit():
    whole = measured(Relaxation.preset("tech_c"), cells=60)
    conductance = whole.conductance.clone()
    conductance[::2, 3] = torch.nan
    holed = RelaxationMeasurement(whole.time, whole.level, conductance)
    assert holed.complete().time.tolist() == [0.0, 0.01, 0.1, 1e5]
    with pytest.raises(ValueError, match="`conductance` must lie between 0 and 3e-05 S"):
        fit_relaxation(whole, ceiling=30e-6, levels=(0.1, 0.5))


def test_a_fitted_law_is_saved_and_loaded_with_its_citation(tmp_path):
    law = Relaxation.preset("tech_c")
    law.save(tmp_path / "law.toml", citation="nobody")
    assert Relaxation.load(tmp_path / "law.toml") == law
    assert "nobody" in (tmp_path / "law.toml").read_text(encoding="utf-8")
    assert "github.com/akashlevy" in Relaxation.citation("tech_c")
