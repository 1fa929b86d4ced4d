"""Cells in use, and calibration of slices that make up for one another."""

import pytest
import torch
from torch import nn

from mho import ColumnGain, Crossbar, SimulatedBench
from mho.calibration import Affine
from mho.devices import FilamentSpread, JartTUD
from mho.nn import DifferentialPair, InUse, Layer, ResidualSlices, Tile, Whole, convert
from mho.nn.writer import Writer, Written
from mho.programming import TrainedPredictor, program
from mho.programming.predictor import Recording

FAST = JartTUD.preset(
    "yu2024", set_voltage=-0.4713, reset_voltage=0.9726, device_spread=FilamentSpread()
)
USE = InUse(recording=Recording(cells=64, warm_up=1, low=150e-6, high=400e-6, longest=100e-6))


class Off(Writer):
    """Cells that miss by a fifth of their target, up and down."""

    def write(self, target, *, tile, before=0, last=None):
        sign = torch.ones_like(target)
        sign[::2] = -1.0
        return Written.for_nothing(target * (1 + 0.2 * sign))


def test_cells_in_use_hold_conductances_all_over_the_range():
    bench = SimulatedBench(FAST, (20, 30), seed=1)
    fresh = bench.read()
    USE.apply(bench, FAST)
    held = bench.read()
    assert held.shape == (20, 30)
    assert fresh.max() < held.quantile(0.2)
    assert held.quantile(0.1) < 200e-6
    assert held.quantile(0.9) > 350e-6


def test_the_seed_of_the_bench_selects_the_cells():
    reads = []
    for seed in (1, 1, 2):
        bench = SimulatedBench(FAST, (4, 5), seed=seed)
        USE.apply(bench, FAST)
        reads.append(bench.read())
    assert torch.equal(reads[0], reads[1])
    assert not torch.equal(reads[0], reads[2])


def test_a_predicted_pulse_comes_nearer_than_the_start():
    scheme = TrainedPredictor(name="jart_tud_yu2024_fast").fit(FAST)
    bench = SimulatedBench(FAST, (20, 30), seed=1)
    USE.apply(bench, FAST)
    target = torch.full((20, 30), 120e-6, dtype=torch.float64)
    result = program(bench, scheme, target, tolerance=0.0, max_pulses=1)
    before, after = ((g / target - 1).abs().mean() for g in result.conductance)
    assert after < 0.3 * before


def test_a_trained_predictor_refuses_another_device():
    with pytest.raises(ValueError, match="`programmer` must know the device"):
        TrainedPredictor(name="jart_tud_yu2024_fast").fit(JartTUD.preset("yu2024"))


@pytest.mark.parametrize("calibrator", [ColumnGain(), Affine()])
def test_calibration_leaves_slices_alone_that_later_ones_make_up_for(calibrator):
    torch.manual_seed(0)
    model, x = nn.Sequential(nn.Linear(16, 4)), torch.rand(200, 16)
    errors = []
    for slicing in (Whole(), ResidualSlices(slices=3, gain=3.0)):
        tile = Tile(
            mapping=DifferentialPair(g_min=50e-6, g_max=500e-6),
            slicing=slicing,
            writer=Off(),
            crossbar=Crossbar(),
            calibrator=calibrator,
        )
        errors.append((convert(model, tile, x)(x) - model(x)).abs().mean().item())
    assert errors[1] < 0.5 * errors[0]


def test_the_aim_is_what_earlier_slices_hold_and_the_targets_of_the_last():
    tile = Tile(
        mapping=DifferentialPair(g_min=50e-6, g_max=500e-6),
        slicing=ResidualSlices(slices=2),
        writer=Off(),
    )
    model = convert(nn.Sequential(nn.Linear(6, 2)), tile, torch.rand(5, 6))
    layer = next(module for module in model.modules() if isinstance(module, Layer))
    assert torch.equal(layer.aim[:, 0], layer.conductance[:, 0])
    assert torch.equal(layer.aim[:, 1], layer.target[:, 1])
