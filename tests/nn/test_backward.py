"""Gradients that are read from tiles whose columns are driven."""

import copy
from dataclasses import replace

import pytest
import torch
from torch import nn

from mho import ADC, DAC, ColumnGain, Crossbar, WhiteNoise
from mho.calibration import Affine, MatrixRidge
from mho.crossbar import AccessTransistor, Cell1T1R, Driven, Sensed
from mho.nn import (
    Backward,
    BitSlices,
    ColumnRange,
    DifferentialPair,
    Offset,
    ReferenceColumn,
    ResidualSlices,
    ResidualThroughWires,
    Tile,
    TileRange,
    Whole,
    convert,
    recalibrate,
)

RANGE = {"g_min": 10e-6, "g_max": 90e-6}
WIRES = Crossbar(row_resistance=30.0, column_resistance=40.0)
LAYERS = {
    "linear": (lambda: nn.Linear(13, 7), (2, 3, 13)),
    "conv1d": (lambda: nn.Conv1d(4, 6, 3, stride=2, dilation=2, padding=2, groups=2), (3, 4, 11)),
    "conv2d": (lambda: nn.Conv2d(3, 5, (3, 2), stride=(1, 2), padding=1), (2, 3, 7, 8)),
    "one picture": (lambda: nn.Conv2d(3, 5, 3, stride=2), (3, 7, 8)),
    "conv3d": (lambda: nn.Conv3d(2, 4, 2, groups=2), (2, 2, 4, 5, 4)),
}
MAPPINGS = [
    DifferentialPair(**RANGE),
    Offset(**RANGE, weights=ColumnRange()),
    ReferenceColumn(**RANGE, weights=TileRange()),
]
ANALOG = [
    DifferentialPair(**RANGE, analog=True),
    ReferenceColumn(**RANGE, weights=TileRange(), analog=True),
]


def gradients(layer, x, tile, size=1.0):
    """Gradients with respect to inputs, weights and bias, of a made-up loss."""
    model = convert(nn.Sequential(layer), tile, x)
    x = x.clone().requires_grad_()
    y = model(x)
    y.backward(size * torch.arange(y.numel(), dtype=y.dtype).sin().reshape(y.shape))
    return x.grad, model[0].weight.grad, model[0].bias.grad


def layer_and_inputs(name):
    torch.manual_seed(0)
    make, shape = LAYERS[name]
    return make().double(), torch.randn(shape, dtype=torch.float64)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("mapping", MAPPINGS, ids=lambda mapping: type(mapping).__name__)
@pytest.mark.parametrize(
    ("slicing", "calibrator"),
    [(Whole(), None), (BitSlices(slices=2, bits=4), ColumnGain()), (Whole(), MatrixRidge())],
    ids=["plain", "slices and gains", "matrices"],
)
def test_nothing_in_the_way_leaves_the_gradients_of_the_weights_held(
    name, mapping, slicing, calibrator
):
    layer, x = layer_and_inputs(name)
    exact = Tile(
        mapping=mapping, rows=5, cols=6, slicing=slicing, crossbar=WIRES, calibrator=calibrator
    )
    answers = (
        gradients(layer, x, replace(exact, backward=way_back)) for way_back in (None, Backward())
    )
    for one, two in zip(*answers, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("mapping", ANALOG, ids=lambda mapping: type(mapping).__name__)
@pytest.mark.parametrize("calibrator", [None, ColumnGain(), Affine(ridge=1e-6)])
def test_repairs_of_differences_stand_before_the_columns_on_the_way_back(mapping, calibrator):
    layer, x = layer_and_inputs("linear")
    exact = Tile(mapping=mapping, rows=5, cols=6, crossbar=WIRES, calibrator=calibrator)
    answers = (
        gradients(layer, x, replace(exact, backward=way_back)) for way_back in (None, Backward())
    )
    for one, two in zip(*answers, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(
    "crossbar",
    [
        Crossbar(row_resistance=20.0, column_resistance=35.0, sense_resistance=50.0),
        Crossbar(sensed=Sensed(top=True, bottom=True), cell=Cell1T1R(access=AccessTransistor())),
    ],
)
def test_an_array_whose_ends_change_places_multiplies_by_its_matrix_transposed(crossbar, generator):
    conductance = 90e-6 * torch.rand(6, 9, generator=generator, dtype=torch.float64) + 10e-6
    sensed, driven = crossbar.sensed, crossbar.driven
    turned = Crossbar(
        row_resistance=crossbar.column_resistance,
        column_resistance=crossbar.row_resistance,
        driver_resistance=crossbar.sense_resistance,
        sense_resistance=crossbar.driver_resistance,
        driven=Driven(left=sensed.top, right=sensed.bottom),
        sensed=Sensed(top=driven.left, bottom=driven.right),
        cell=crossbar.cell,
    )
    matrix = crossbar.effective_conductance(conductance)
    torch.testing.assert_close(turned.effective_conductance(conductance.T), matrix.T)
    # Solved anew for voltages on the columns, not folded; transistors are ohmic at small ones.
    voltage = 1e-4 * torch.randn(4, 9, generator=generator, dtype=torch.float64)
    current = turned.read(conductance.T, voltage).current
    torch.testing.assert_close(current, voltage @ matrix.T, rtol=1e-3, atol=1e-13)


def test_noise_of_the_rows_is_noise_of_the_gradient_in_its_own_scale(generator):
    layer = nn.Linear(4000, 3, bias=False)
    tile = Tile(mapping=Offset(**RANGE), rows=4000, backward=Backward())
    noisy = replace(tile, backward=Backward(noise=(WhiteNoise(sigma=1e-8),)))
    x = torch.rand(1, 4000, generator=generator)
    deviation = {}
    for size in (1.0, 1e-6):
        answers = []
        for each in (tile, noisy):
            model, inputs = convert(nn.Sequential(layer), each, x), x.clone().requires_grad_()
            model(inputs).backward(size * torch.tensor([[0.5, -2.0, 0.0]]))
            answers.append(inputs.grad)
        deviation[size] = (answers[1] - answers[0]).std().item() / size
    # The largest of the three, 2, is what the read voltage of 0.2 V stands for.
    per_siemens = layer.weight.abs().max().item() / 40e-6
    assert deviation[1.0] == pytest.approx(1e-8 * per_siemens * 2.0 / 0.2, rel=0.05)
    assert deviation[1e-6] == pytest.approx(deviation[1.0], rel=1e-3)


@pytest.mark.parametrize("name", ["linear", "conv2d"])
def test_every_bit_of_a_converter_halves_what_it_does_to_gradients(name):
    layer, x = layer_and_inputs(name)
    tile = Tile(mapping=DifferentialPair(**RANGE), rows=64, cols=64)
    exact = gradients(layer, x, tile)
    for converters in (lambda bits: {"dac": DAC(bits=bits)}, lambda bits: {"adc": ADC(bits=bits)}):
        off = {}
        for bits in (6, 8, 10):
            rounded = replace(tile, backward=Backward(**converters(bits)))
            answer = gradients(layer, x, rounded)
            off[bits] = ((answer[0] - exact[0]).norm() / exact[0].norm()).item()
            # Weights and biases get theirs from the outer product, which is not read from cells.
            for one, two in zip(answer[1:], exact[1:], strict=True):
                torch.testing.assert_close(one, two)
        assert 0.003 < off[6] < 0.1
        assert off[6] / off[8] == pytest.approx(4.0, rel=0.4)
        assert off[8] / off[10] == pytest.approx(4.0, rel=0.4)


def test_gradients_that_are_zero_drive_nothing():
    voltage = torch.tensor([[0.0, 0.2, -0.2, 1e-4]], dtype=torch.float64)
    driver = Backward(dac=DAC(bits=4)).driver(0.2)
    torch.testing.assert_close(driver(voltage), torch.tensor([[0.0, 0.2, -0.2, 0.0]]).double())
    layer, x = nn.Linear(5, 4), torch.rand(3, 5)
    way_back = Backward(dac=DAC(bits=4), adc=ADC(bits=4))
    model = convert(nn.Sequential(layer), Tile(mapping=MAPPINGS[0], backward=way_back), x)
    for size in (0.0, 1.0):
        inputs = x.clone().requires_grad_()
        model(inputs).backward(torch.full((3, 4), size))
        assert bool(inputs.grad.any()) == (size > 0.0)


def test_the_first_gradients_after_a_fit_set_the_range_and_a_checkpoint_keeps_it():
    torch.manual_seed(0)
    network, x = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3)), torch.rand(8, 6)
    tile = Tile(mapping=DifferentialPair(**RANGE), backward=Backward(adc=ADC(bits=6)))
    model = convert(network, tile, x)
    assert model[2].adc_back is None
    model(x).square().sum().backward()
    kept = model[2].adc_back
    assert kept.high.shape == (1, 1, 1, 1)
    assert model[0].adc_back is None  # pictures need no gradient
    model(10 * x).square().sum().backward()
    assert model[2].adc_back is kept
    other = convert(copy.deepcopy(network), tile, x)
    other.load_state_dict(model.state_dict())
    assert torch.equal(other[2].adc_back.high, kept.high)
    recalibrate(model, x)
    assert model[2].adc_back is None


def test_what_is_read_forwards_does_not_depend_on_the_way_back():
    layer, x = layer_and_inputs("linear")
    tile = Tile(mapping=DifferentialPair(**RANGE), rows=5, crossbar=WIRES)
    noisy = replace(tile, backward=Backward(noise=(WhiteNoise(sigma=1e-6),)))
    plain, other = (convert(nn.Sequential(layer), each, x) for each in (tile, noisy))
    torch.testing.assert_close(other(x), plain(x))
    with torch.no_grad():
        assert torch.equal(other(x), plain(x))
    with pytest.raises(RuntimeError, match=r"`backward` is Backward\(dac=None"):
        plain.load_state_dict(other.state_dict())


@pytest.mark.parametrize(
    ("slicing", "mapping"),
    [(ResidualSlices(), Offset(**RANGE)), (ResidualThroughWires(), DifferentialPair(**RANGE))],
)
def test_slices_that_follow_each_other_are_all_read_backwards(slicing, mapping):
    layer, x = layer_and_inputs("linear")
    tile = Tile(mapping=mapping, rows=5, cols=4, slicing=slicing, crossbar=WIRES)
    answers = (gradients(layer, x, replace(tile, backward=way)) for way in (None, Backward()))
    for one, two in zip(*answers, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-9, atol=1e-11)


def test_a_converter_without_a_value_on_both_sides_of_zero_is_refused():
    with pytest.raises(ValueError, match=r"`dac\.bits` must be at least 2"):
        Backward(dac=DAC(bits=1))
