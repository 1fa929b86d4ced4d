"""What every bench must do."""

import pytest
import torch

from mho import Cell1T1R, Crossbar, GatedRow, HalfVoltage, Pulse, SimulatedBench, ThirdVoltage
from mho.bench import SomeCells
from mho.crossbar import RelativeReadNoise
from mho.devices import JartTUD, SoftBounds

JART = JartTUD.preset("yu2022", set_voltage=-0.5)
SOFT = SoftBounds(cycle_noise=0.1)
SHAPE = (3, 4)
HALF = {"crossbar": Crossbar(), "selection": HalfVoltage()}
THIRD = {"crossbar": Crossbar(row_resistance=20.0), "selection": ThirdVoltage()}
GATED = {"crossbar": Crossbar(cell=Cell1T1R()), "selection": GatedRow()}
BENCHES = {
    "jart": lambda: SimulatedBench(JART, SHAPE, seed=5),
    "soft": lambda: SimulatedBench(SOFT, SHAPE, seed=5),
    "jart_half": lambda: SimulatedBench(JART, SHAPE, seed=5, **HALF),
    "soft_third": lambda: SimulatedBench(SOFT, SHAPE, seed=5, **THIRD),
    "jart_gated": lambda: SimulatedBench(JART, SHAPE, seed=5, **GATED),
    "some": lambda: SomeCells(SimulatedBench(SOFT, SHAPE, seed=5), torch.ones(SHAPE) > 0),
    "soft_batch": lambda: SimulatedBench(SOFT, (2, *SHAPE), seed=5, solves=2, **HALF),
}
NOISE = (RelativeReadNoise(sigma=0.01),)
NOISY = {
    "direct": lambda: SimulatedBench(SOFT, SHAPE, seed=5, read_noise=NOISE),
    "half": lambda: SimulatedBench(SOFT, SHAPE, seed=5, read_noise=NOISE, **HALF),
}


@pytest.fixture(params=BENCHES.values(), ids=BENCHES.keys())
def make(request):
    return request.param


def set_pulse(bench):
    volt = getattr(bench, "bench", bench).device.set_voltage
    return Pulse.uniform(bench.shape, amplitude=volt, width=1e-6)


def test_a_read_has_the_shape_of_the_bench_and_disturbs_nothing(make):
    bench = make()
    first = bench.read()
    assert first.shape == bench.shape
    assert torch.equal(bench.read(), first)


def test_a_pulse_moves_the_cells_and_its_energy_is_counted(make):
    bench = make()
    before = bench.read()
    bench.apply(set_pulse(bench))
    assert (bench.read() > before).all()
    assert (bench.energy > 0).all()


def test_a_bench_of_the_same_seed_repeats_itself(make):
    a, b = make(), make()
    for bench in (a, b):
        bench.apply(set_pulse(bench))
    assert torch.equal(a.read(), b.read())


def test_energy_never_falls_and_a_read_costs_none(make):
    bench = make()
    for _ in range(2):
        before = bench.energy.clone()
        bench.apply(set_pulse(bench))
        assert (bench.energy >= before).all()
    before = bench.energy.clone()
    bench.read()
    assert torch.equal(bench.energy, before)


def test_cells_without_a_pulse_take_no_part(make):
    bench = make()
    before = bench.read()
    bench.apply(set_pulse(bench).where(torch.zeros(bench.shape, dtype=torch.bool)))
    assert torch.equal(bench.read(), before)
    assert (bench.energy == 0).all()


def test_pulses_reach_only_the_cells_that_are_chosen():
    whole, chosen = SimulatedBench(SOFT, SHAPE, seed=5), torch.arange(12).reshape(SHAPE) % 5 == 0
    before = whole.read()
    SomeCells(whole, chosen).apply(set_pulse(whole))
    assert torch.equal(whole.read() != before, chosen)
    assert torch.equal(whole.energy > 0, chosen)


def test_a_pulse_of_another_shape_is_refused(make):
    bench = make()
    with pytest.raises(ValueError, match="Argument `pulse` must have the shape of"):
        bench.apply(Pulse.uniform((5, 5), amplitude=1.0, width=1e-6))


@pytest.mark.parametrize("make", NOISY.values(), ids=NOISY)
def test_noisy_reads_of_the_same_seed_repeat_themselves(make):
    a, b = make(), make()
    reads = [[bench.read() for _ in range(2)] for bench in (a, b)]
    assert torch.equal(reads[0][0], reads[1][0])
    assert torch.equal(reads[0][1], reads[1][1])
    assert not torch.equal(reads[0][0], reads[0][1])


def test_a_bench_without_cells_is_refused():
    for shape in ((0, 4), (4,)):
        with pytest.raises(ValueError, match="Argument `shape` must be"):
            SimulatedBench(SoftBounds(), shape)
