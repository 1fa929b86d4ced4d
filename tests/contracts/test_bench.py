"""What every bench must do."""

import pytest
import torch

from mho import Pulse, SimulatedBench
from mho.devices import JartTUD, SoftBounds

BENCHES = {
    "jart": lambda: SimulatedBench(JartTUD.preset("yu2022", set_voltage=-0.5), (3, 4), seed=5),
    "soft": lambda: SimulatedBench(SoftBounds(cycle_noise=0.1), (3, 4), seed=5),
}


@pytest.fixture(params=BENCHES.values(), ids=BENCHES.keys())
def make(request):
    return request.param


def set_pulse(bench):
    volt = bench.device.set_voltage
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


def test_a_bench_without_cells_is_refused():
    for shape in ((0, 4), (4,)):
        with pytest.raises(ValueError, match="Argument `shape` must be"):
            SimulatedBench(SoftBounds(), shape)
