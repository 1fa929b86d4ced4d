"""What users of torch do with models: train, copy, save, move, load."""

import copy
import io

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from mho import ADC, DAC, TIA, ColumnGain, Crossbar, WhiteNoise
from mho.nn import (
    ColumnRange,
    DifferentialPair,
    ErrorWriter,
    FixedRange,
    LevelWriter,
    Tile,
    convert,
)
from mho.programming import KnotGrid, Origin, ProgramError

PAIR = DifferentialPair(g_min=10e-6, g_max=90e-6)
IDEAL = Tile(mapping=PAIR, rows=16, cols=12)
REAL = Tile(
    mapping=DifferentialPair(g_min=10e-6, g_max=90e-6, weights=ColumnRange()),
    rows=16,
    cols=12,
    crossbar=Crossbar(),
    dac=DAC(),
    tia=TIA(),
    adc=ADC(),
    calibrator=ColumnGain(),
)
ONES = torch.ones(2, dtype=torch.float64)
ERROR = ProgramError(
    grid=KnotGrid.over(10e-6, 90e-6, knots=2),
    location=0 * ONES,
    scale=1e-6 * ONES,
    freedom=1e6 * ONES,
    least=1e-6,
    greatest=1e-3,
    origin=Origin(scheme="none", device="none", outcomes="none"),
)


@pytest.fixture
def model():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 5)
    )


@pytest.fixture
def x(generator):
    return torch.rand(32, 1, 6, 6, generator=generator)


def test_parameters_are_those_of_the_digital_model_by_name_and_shape(model, x):
    digital = {name: p.shape for name, p in model.named_parameters()}
    analog = {name: p.shape for name, p in convert(model, IDEAL, x).named_parameters()}
    assert analog == digital


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam], ids=["sgd", "adam"])
def test_any_optimiser_trains_ideal_tiles_as_it_trains_the_digital_model(model, x, kind):
    # The weights must stay within the range that they were mapped with.
    pair = DifferentialPair(g_min=10e-6, g_max=90e-6, weights=FixedRange(bound=2.0))
    analog = convert(model, Tile(mapping=pair, rows=16, cols=12), x).train()
    labels = torch.arange(32) % 5
    losses = []
    for each in (model, analog):
        optimiser = kind(each.parameters(), lr=0.01)
        for images, wanted in DataLoader(TensorDataset(x, labels), batch_size=8):
            optimiser.zero_grad()
            loss = nn.functional.cross_entropy(each(images), wanted)
            loss.backward()
            optimiser.step()
        losses.append(nn.functional.cross_entropy(each(x), labels))
    torch.testing.assert_close(losses[0], losses[1], rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(analog[0].weight, model[0].weight, rtol=1e-2, atol=1e-4)


def test_gradients_pass_converters_and_noise(model, x):
    noisy = Tile(
        mapping=PAIR, rows=16, cols=12, dac=DAC(), adc=ADC(), noise=(WhiteNoise(sigma=1e-8),)
    )
    analog = convert(model, noisy, x)
    for each in (model, analog):
        each(x).square().mean().backward()
    for name, parameter in analog.named_parameters():
        digital = model.get_parameter(name).grad
        scale = digital.abs().max().item()
        torch.testing.assert_close(parameter.grad, digital, rtol=0, atol=0.1 * scale)


def test_changed_weights_are_written_before_the_next_reading_with_new_errors(model, x):
    from dataclasses import replace

    analog = convert(model, replace(IDEAL, writer=ErrorWriter(error=ERROR)), x)
    layer = analog[4]
    before = layer.conductance.clone()
    analog(x)
    assert torch.equal(layer.conductance, before)
    with torch.no_grad():
        layer.weight.mul_(1.0)
    analog(x)
    assert not torch.equal(layer.conductance, before)
    torch.testing.assert_close(layer.conductance, before, rtol=0, atol=1e-5)
    assert layer.times_written == 2


@pytest.mark.parametrize("tile", [IDEAL, REAL], ids=["ideal", "real"])
def test_a_copy_is_the_same_and_apart(model, x, tile):
    analog = convert(model, tile, x)
    again = copy.deepcopy(analog)
    assert torch.equal(again(x), analog(x))
    assert again[4].times_written == 1
    with torch.no_grad():
        again[4].weight.zero_()
    assert not torch.equal(again(x), analog(x))


@pytest.mark.parametrize("tile", [IDEAL, REAL], ids=["ideal", "real"])
def test_a_checkpoint_brings_back_cells_ranges_and_calibration(model, x, tile):
    from dataclasses import replace

    analog = convert(model, replace(tile, writer=ErrorWriter(error=ERROR)), x)
    file = io.BytesIO()
    torch.save(analog.state_dict(), file)
    file.seek(0)
    torch.manual_seed(1)
    other = convert(nn.Sequential(*(copy.deepcopy(m) for m in model)), tile, 0.3 * x)
    assert not torch.equal(other(x), analog(x))
    other.load_state_dict(torch.load(file))
    assert torch.equal(other(x), analog(x))
    assert torch.equal(other[0].conductance, analog[0].conductance)
    assert other[0].times_written == 1


def test_a_checkpoint_of_other_tiles_is_refused_with_what_differs(model, x):
    stored = convert(model, REAL, x).state_dict()
    with pytest.raises(RuntimeError) as refusal:
        convert(model, IDEAL, x).load_state_dict(stored)
    for words in ("`adc` is ADC(bits=8", "None here", "`crossbar` is", "layer `0`", "layer `4`"):
        assert words in str(refusal.value)
    assert "writer" not in str(refusal.value)


def test_digital_weights_are_loaded_and_written(model, x):
    analog = convert(model, IDEAL, x)
    smaller = {name: 0.5 * p for name, p in model.state_dict().items()}
    analog.load_state_dict(smaller, strict=False)
    model.load_state_dict(smaller)
    with torch.no_grad():
        torch.testing.assert_close(analog(x), model(x), rtol=1e-4, atol=1e-5)


def test_models_move_to_other_types_and_stay_what_they_are(model, x):
    analog = convert(model, REAL, x)
    double = copy.deepcopy(analog).double()
    with torch.no_grad():
        y = double(x.double())
        assert y.dtype == torch.float64
        torch.testing.assert_close(y.float(), analog(x), rtol=0, atol=0.05)
    assert double[0].times_written == 1


@pytest.mark.parametrize("tile", [IDEAL, REAL], ids=["ideal", "real"])
def test_half_precision_is_refused_before_it_can_harm_conductances(model, x, tile):
    analog = convert(model, tile, x)
    before = analog(x)
    for half in (torch.float16, torch.bfloat16):
        with pytest.raises(ValueError, match="`model` must be of single or double precision"):
            analog.to(half)
        with pytest.raises(ValueError, match="`model` must be of single or double precision"):
            convert(copy.deepcopy(model).to(half), tile, x.to(half))
    torch.testing.assert_close(analog(x), before)


@pytest.mark.parametrize("tile", [IDEAL, REAL], ids=["ideal", "real"])
def test_inputs_of_other_types_are_taken_in_the_precision_of_the_layer(model, x, tile):
    analog = convert(model, tile, x)
    wanted = analog(x.half().float())
    torch.testing.assert_close(analog(x.half()), wanted)
    assert analog(x.double()).dtype == torch.float32
    with torch.autocast("cpu", dtype=torch.bfloat16):
        torch.testing.assert_close(analog(x.half()), wanted)


@pytest.mark.parametrize("tile", [IDEAL, REAL], ids=["ideal", "real"])
def test_no_inputs_give_no_outputs(model, x, tile):
    assert convert(model, tile, x)(x[:0]).shape == (0, 5)


def test_inputs_of_another_width_are_refused(x):
    analog = convert(nn.Linear(6, 3), REAL, x.flatten(0, -2))
    with pytest.raises(ValueError, match=r"`x` must have shape \(vectors, inputs=6\)"):
        analog(torch.ones(4, 7))


def test_inference_mode_reads_and_converts(model, x):
    with torch.inference_mode():
        inside = convert(model, IDEAL, x)(x)
    analog = convert(model, IDEAL, x)
    with torch.inference_mode():
        torch.testing.assert_close(analog(x), inside)


def test_few_levels_are_taken_by_the_nearest(model, x):
    from dataclasses import replace

    writer = LevelWriter(low=10e-6, high=90e-6, levels=3)
    layer = convert(model, replace(IDEAL, writer=writer), x)[4]
    held = layer.conductance[layer.target > 0]
    assert held.unique().tolist() == pytest.approx([10e-6, 50e-6, 90e-6])
    assert (held - layer.target[layer.target > 0]).abs().max() < 20.1e-6
