"""Tiles that are read in parts answer what all of them answer at once."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from mho import ADC, DAC, Crossbar, WhiteNoise
from mho.calibration import Affine, AnalyticGain, ColumnGain, MatrixRidge, WithinBudget
from mho.nn import (
    Conv2d,
    DifferentialPair,
    LayerRange,
    Linear,
    Offset,
    ReferenceColumn,
    ResidualSlices,
    Tile,
    TileRange,
    bank,
)

RANGE = {"g_min": 10e-6, "g_max": 90e-6}
TILE = Tile(
    mapping=DifferentialPair(**RANGE),
    rows=16,
    cols=16,
    crossbar=Crossbar(row_resistance=1.0, column_resistance=1.0),
    dac=DAC(bits=8),
    adc=ADC(bits=8),
)
MAPPINGS = {
    "pair": DifferentialPair(**RANGE),
    "offset": Offset(**RANGE),
    "reference": ReferenceColumn(**RANGE),
    "analog pair": DifferentialPair(**RANGE, analog=True),
    "analog reference": ReferenceColumn(**RANGE, analog=True),
}
CALIBRATORS = {"none": None, "gain": ColumnGain(), "affine": Affine(ridge=1e-4)}


@pytest.fixture
def inputs(generator):
    return torch.rand(50, 40, generator=generator)


def linear(tile, inputs):
    torch.manual_seed(0)
    return Linear(nn.Linear(40, 20), tile, inputs)


@pytest.mark.parametrize("weights", [LayerRange(), TileRange()], ids=["layer", "tile"])
@pytest.mark.parametrize("mapping", MAPPINGS)
@pytest.mark.parametrize("calibrator", CALIBRATORS)
def test_row_tiles_in_turn_are_row_tiles_at_once(calibrator, mapping, weights, inputs, monkeypatch):
    tile = replace(TILE, mapping=replace(MAPPINGS[mapping], weights=weights))
    layer = linear(replace(tile, calibrator=CALIBRATORS[calibrator]), inputs)
    assert len(layer.effective) > 1
    whole = layer(inputs)
    monkeypatch.setattr(bank, "_TOGETHER", 1)
    torch.testing.assert_close(layer(inputs), whole, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("mapping", MAPPINGS)
@pytest.mark.parametrize("calibrator", CALIBRATORS)
def test_outputs_are_the_scaled_sums_of_repaired_currents(calibrator, mapping, inputs):
    tile = replace(TILE, mapping=MAPPINGS[mapping], calibrator=CALIBRATORS[calibrator])
    layer = linear(tile, inputs)
    sums = layer.tile.mapping.sums(
        layer.currents(inputs), layer.voltages(inputs).sum(-1)[..., None]
    )
    expected = layer.tiling.gather(sums * layer.scale) + layer.bias
    torch.testing.assert_close(layer(inputs), expected, rtol=1e-4, atol=1e-5)


def test_slices_of_a_convolution_are_read_in_parts_too(generator, monkeypatch):
    torch.manual_seed(0)
    inputs = torch.rand(2, 5, 9, 9, generator=generator)
    tile = replace(TILE, slicing=ResidualSlices(), calibrator=Affine(ridge=1e-4))
    layer = Conv2d(nn.Conv2d(5, 12, 3), tile, inputs)
    whole = layer(inputs)
    monkeypatch.setattr(bank, "_TOGETHER", 1)
    torch.testing.assert_close(layer(inputs), whole, rtol=1e-4, atol=1e-5)


def test_noise_of_parts_is_that_of_the_whole(generator, monkeypatch):
    quiet = torch.rand(40_000, 40, generator=generator)
    exact = linear(replace(TILE, adc=None), quiet[:50])
    tile = replace(TILE, adc=ADC(bits=16), noise=(WhiteNoise(sigma=1e-7),))
    noisy = linear(tile, quiet[:50])
    spread = []
    for together in (1 << 30, 1):
        monkeypatch.setattr(bank, "_TOGETHER", together)
        spread.append((noisy(quiet) - exact(quiet)).std(0))
    torch.testing.assert_close(*spread, rtol=0.03, atol=0.0)


@pytest.mark.parametrize("mapping", ["analog pair", "analog reference"])
def test_what_is_subtracted_before_is_converted_over_the_range_of_the_differences(mapping, inputs):
    layer = linear(replace(TILE, mapping=MAPPINGS[mapping]), inputs)
    voltage = layer.voltages(inputs)
    difference = layer.tile.mapping.seen(voltage @ layer.effective)
    converter = ADC(bits=8).fit(difference)
    torch.testing.assert_close(layer.currents(inputs), converter(difference))


@pytest.mark.parametrize("mapping", ["analog pair", "analog reference"])
def test_noise_of_columns_that_are_subtracted_adds_up(mapping):
    quiet = torch.rand(1, 40).repeat(20_000, 1)
    tile = replace(TILE, mapping=MAPPINGS[mapping], adc=None, noise=(WhiteNoise(sigma=1e-7),))
    current = linear(tile, quiet[:50]).currents(quiet)
    spread = current.std(-2)
    torch.testing.assert_close(spread, torch.full_like(spread, 2**0.5 * 1e-7), rtol=0.05, atol=0.0)
    shares = torch.corrcoef(current[0, 0].T)[0, 1]  # of the noise of two differences
    assert shares == pytest.approx(0.5 if "reference" in mapping else 0.0, abs=0.03)


@pytest.mark.parametrize("analog", [False, True])
def test_pairs_that_have_much_in_common_keep_more_bits_if_they_are_subtracted_before(analog):
    inputs = torch.rand(500, 40)
    pair = DifferentialPair(g_min=80e-6, g_max=90e-6, analog=analog)
    exact, converted = (
        linear(replace(TILE, mapping=pair, crossbar=Crossbar.ideal(), adc=adc), inputs)(inputs)
        for adc in (None, ADC(bits=8))
    )
    error = ((converted - exact).square().mean() / exact.var()).sqrt()
    assert (error < 0.02) == analog


@pytest.mark.parametrize(
    "calibrator", [AnalyticGain(), WithinBudget(calibrator=MatrixRidge(), multiplications=64)]
)
def test_differences_are_refused_by_what_learns_from_conductances(calibrator):
    with pytest.raises(ValueError, match="do without the cells' conductances"):
        replace(TILE, mapping=MAPPINGS["analog pair"], calibrator=calibrator)
    replace(TILE, calibrator=calibrator)
