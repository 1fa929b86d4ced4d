"""Convolutions on tiles against those of torch."""

import pytest
import torch
from torch import nn

from mho import ADC, DAC, ColumnGain, Crossbar, WhiteNoise
from mho.nn import Conv1d, Conv2d, Conv3d, DifferentialPair, Nodal, Offset, Tile, convert

PAIR = DifferentialPair(g_min=10e-6, g_max=90e-6)
QUIET = Tile(mapping=PAIR, rows=20, cols=8)
# Noise of no size keeps the tiles apart, so that their currents are added and not their matrices.
BY_TILES = Tile(mapping=PAIR, rows=20, cols=8, noise=(WhiteNoise(sigma=0.0),))
KINDS = {1: (nn.Conv1d, Conv1d), 2: (nn.Conv2d, Conv2d), 3: (nn.Conv3d, Conv3d)}
SETTINGS = [
    {},
    {"stride": 2, "padding": 1},
    {"dilation": 2, "padding": 2},
    {"padding": "same", "dilation": 2},
    {"padding": "valid", "bias": False},
    {"groups": 2, "padding": 1},
    {"groups": 4, "stride": 2},
    {"padding": 1, "padding_mode": "reflect"},
    {"padding": 1, "padding_mode": "replicate"},
    {"padding": "same", "padding_mode": "circular"},
]


@pytest.mark.parametrize("tile", [QUIET, BY_TILES], ids=["folded", "tiles"])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_ideal_tiles_compute_what_the_digital_layer_computes(axes, settings, tile, generator):
    torch.manual_seed(axes)
    digital, analog_kind = KINDS[axes]
    layer = digital(4, 8, 3, **settings)
    x = torch.randn(5, 4, *(9, 8, 7)[:axes], generator=generator)
    analog = convert(layer, tile, x)
    assert isinstance(analog, analog_kind)
    with torch.no_grad():
        torch.testing.assert_close(analog(x), layer(x), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(analog(x[0]), layer(x[0]), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("tile", [QUIET, BY_TILES], ids=["folded", "tiles"])
@pytest.mark.parametrize("settings", SETTINGS[:7], ids=str)
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_gradients_are_those_of_the_digital_layer(axes, settings, tile, generator):
    torch.manual_seed(axes)
    layer = KINDS[axes][0](4, 8, 3, **settings)
    x = torch.randn(3, 4, *(9, 8, 7)[:axes], generator=generator, requires_grad=True)
    analog = convert(layer, tile, x.detach())
    for model in (layer, analog):
        model(x).square().sum().backward()
        model.into, x.grad = x.grad, None
    torch.testing.assert_close(analog.into, layer.into, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(analog.weight.grad, layer.weight.grad, rtol=1e-3, atol=1e-3)


def test_uneven_strides_dilations_and_kernels_of_each_axis(generator):
    layer = nn.Conv2d(3, 5, (3, 2), stride=(1, 2), dilation=(2, 1), padding=(0, 3))
    x = torch.randn(2, 3, 8, 11, generator=generator)
    for tile in (QUIET, BY_TILES):
        torch.testing.assert_close(convert(layer, tile, x)(x), layer(x), rtol=1e-4, atol=1e-5)


def test_groups_do_not_share_tiles_and_no_cell_stands_for_nothing(generator):
    layer = nn.Conv2d(6, 6, 3, groups=6, bias=False)
    analog = convert(layer, QUIET, torch.randn(2, 6, 5, 5, generator=generator))
    assert analog.target.shape == (1, 6, 9, 2)
    assert int((analog.target > 0).sum()) == 2 * layer.weight.numel()


@pytest.mark.parametrize("mapping", [PAIR, Offset(g_min=10e-6, g_max=90e-6)])
def test_converters_of_many_bits_keep_a_convolution_and_of_few_do_not(mapping, generator):
    torch.manual_seed(0)
    layer, x = nn.Conv2d(4, 6, 3, padding=1), torch.rand(6, 4, 9, 9, generator=generator)

    def error(bits):
        tile = Tile(mapping=mapping, rows=20, cols=8, dac=DAC(bits=bits), adc=ADC(bits=bits))
        with torch.no_grad():
            return (convert(layer, tile, x)(x) - layer(x)).square().mean().sqrt().item()

    assert error(14) < error(4) / 200
    assert error(14) < 1e-3


def test_a_converter_of_the_rows_alone_converts_before_the_folded_product(generator):
    layer, x = nn.Conv2d(2, 3, 3, padding=1), torch.rand(4, 2, 6, 6, generator=generator)
    folded = convert(layer, Tile(mapping=PAIR, dac=DAC(bits=3)), x)
    tile = Tile(mapping=PAIR, dac=DAC(bits=3), noise=(WhiteNoise(sigma=0.0),))
    by_tiles = convert(layer, tile, x)
    with torch.no_grad():
        torch.testing.assert_close(folded(x), by_tiles(x), rtol=1e-4, atol=1e-5)
        assert (folded(x) - layer(x)).abs().max() > 1e-3


def test_wires_are_folded_as_the_nodal_equations_say_and_calibrated(generator):
    torch.manual_seed(0)
    layer, x = nn.Conv2d(3, 6, 3), torch.rand(4, 3, 6, 6, generator=generator)
    wires = Crossbar(row_resistance=50.0, column_resistance=50.0)
    tile = Tile(mapping=PAIR, rows=9, cols=6, crossbar=wires)
    solved = Tile(mapping=PAIR, rows=9, cols=6, crossbar=wires, reader=Nodal())
    repaired = Tile(mapping=PAIR, rows=9, cols=6, crossbar=wires, calibrator=ColumnGain())
    with torch.no_grad():
        folded = convert(layer, tile, x)(x)
        torch.testing.assert_close(folded, convert(layer, solved, x)(x), rtol=1e-4, atol=1e-5)
        raw = (folded - layer(x)).square().mean()
        assert (convert(layer, repaired, x)(x) - layer(x)).square().mean() < raw / 10


def test_many_images_are_read_in_parts(generator, monkeypatch):
    layer, x = nn.Conv2d(2, 3, 3), torch.rand(9, 2, 6, 6, generator=generator)
    analog = convert(layer, BY_TILES, x)
    whole = analog(x)
    monkeypatch.setattr("mho.nn.convolution.TOGETHER", 1)
    torch.testing.assert_close(analog(x), whole)


def test_inputs_of_another_shape_are_refused():
    layer = nn.Conv2d(3, 5, 3)
    must = r"`inputs` must have shape \(images, channels=3, \.\.\., \.\.\.\)"
    with pytest.raises(ValueError, match=must):
        Conv2d(layer, QUIET, torch.rand(2, 4, 8, 8))
    with pytest.raises(ValueError, match=must):
        Conv2d(layer, QUIET, torch.rand(8, 8))
