"""Tiles that are read in parts answer what all of them answer at once."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from mho import ADC, DAC, Crossbar, WhiteNoise
from mho.calibration import Affine, ColumnGain
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
MAPPINGS = (DifferentialPair, Offset, ReferenceColumn)
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
    tile = replace(TILE, mapping=mapping(**RANGE, weights=weights))
    layer = linear(replace(tile, calibrator=CALIBRATORS[calibrator]), inputs)
    assert len(layer.effective) > 1
    whole = layer(inputs)
    monkeypatch.setattr(bank, "_TOGETHER", 1)
    torch.testing.assert_close(layer(inputs), whole, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("calibrator", CALIBRATORS)
def test_outputs_are_the_scaled_sums_of_repaired_currents(calibrator, inputs):
    layer = linear(replace(TILE, calibrator=CALIBRATORS[calibrator]), inputs)
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
