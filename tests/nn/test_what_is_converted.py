"""Which layers of a model become tiles, and what is said of those that cannot."""

import copy
from dataclasses import replace

import pytest
import torch
from torch import nn

from mho import DAC, Crossbar
from mho.nn import Conv2d, DifferentialPair, Linear, Tile, convert

PAIR = DifferentialPair(g_min=10e-6, g_max=90e-6)
TILE = Tile(mapping=PAIR, rows=16, cols=12)


def test_a_layer_that_is_used_twice_becomes_one():
    torch.manual_seed(0)
    layer = nn.Linear(6, 6)
    model = nn.Sequential(layer, nn.Sequential(layer, nn.Tanh(), layer), nn.Linear(6, 2))
    x = torch.rand(4, 6)
    analog = convert(model, TILE, x)
    assert analog[0] is analog[1][0] is analog[1][2]
    assert analog[2].first_tile == analog[0].tiles
    torch.testing.assert_close(analog(x), model(x), rtol=1e-4, atol=1e-5)


def test_norms_keep_their_statistics_while_a_model_in_training_is_converted():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(0.9)).train()
    before = copy.deepcopy(model.state_dict())
    analog = convert(model, TILE, torch.rand(4, 1, 6, 6))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert model.training
    assert not analog.training


@pytest.mark.parametrize(
    ("layer", "x"),
    [
        (nn.ConvTranspose2d(1, 2, 3), torch.rand(2, 1, 5, 5)),
        (nn.LSTM(4, 3), torch.rand(5, 2, 4)),
        (nn.GRUCell(4, 3), torch.rand(2, 4)),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_layers_that_cannot_be_converted_are_named_with_the_way_out(layer, x):
    model = nn.Sequential(nn.Identity(), layer)
    name = type(layer).__name__
    with pytest.raises(ValueError, match=rf'`1` is a {name}. Pass digital=\["1"\] to leave it'):
        convert(model, TILE, x)


def test_a_model_that_is_one_such_layer_is_refused_without_a_name():
    with pytest.raises(ValueError, match=r"but it is a GRUCell\. Put layers there that can be"):
        convert(nn.GRUCell(4, 3), TILE, torch.rand(2, 4))


@pytest.mark.parametrize(
    ("inputs", "but"), [([torch.rand(2, 4)], "is a list"), (torch.rand(0, 4), "is empty")]
)
def test_inputs_that_stand_for_nothing_are_refused(inputs, but):
    with pytest.raises(ValueError, match=f"`inputs` must be a tensor with .*, but {but}"):
        convert(nn.Linear(4, 3), TILE, inputs)


def test_layers_stay_digital_by_name_with_all_that_is_in_them():
    class Attentive(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(4, 2, batch_first=True)
            self.out = nn.Linear(4, 2)

        def forward(self, x):
            return self.out(self.attention(x, x, x)[0])

    torch.manual_seed(0)
    model, x = Attentive().eval(), torch.rand(2, 5, 4)
    with pytest.raises(ValueError, match="`attention` is a MultiheadAttention"):
        convert(model, TILE, x)
    analog = convert(model, TILE, x, digital=["attention"])
    assert isinstance(analog.out, Linear)
    assert isinstance(analog.attention.out_proj, nn.Linear)
    torch.testing.assert_close(analog(x), model(x), rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="`digital` must name layers of the model, but has 'att'"):
        convert(model, TILE, x, digital=["att"])


def test_a_layer_with_a_forward_of_its_own_is_refused():
    class Standardised(nn.Conv2d):
        def forward(self, x):
            return self._conv_forward(x, self.weight / self.weight.std(), self.bias)

    with pytest.raises(ValueError, match="is a Standardised with a `forward` of its own"):
        convert(nn.Sequential(Standardised(1, 2, 3)), TILE, torch.rand(1, 1, 5, 5))


def test_a_layer_that_does_not_know_its_size_is_refused():
    with pytest.raises(ValueError, match=r"`0` is a LazyLinear. Call the model once"):
        convert(nn.Sequential(nn.LazyLinear(3)), TILE, torch.rand(2, 4))


def test_tiles_that_do_not_fit_the_memory_are_refused_before_any_is_taken(monkeypatch):
    monkeypatch.setattr("mho.core.memory.available_memory", lambda: 1e8)
    wide = nn.Linear(2000, 1000)
    with pytest.raises(MemoryError, match=r"`model` must leave enough memory.*4008000 cells on"):
        convert(nn.Sequential(wide), TILE, torch.rand(1, 2000))
    with pytest.raises(MemoryError, match="`tile` must leave enough memory"):
        Linear(wide, TILE, torch.rand(1, 2000))


def test_tiles_too_large_for_the_solver_are_refused_before_it_begins(monkeypatch):
    monkeypatch.setattr("mho.core.memory.available_memory", lambda: 1e8)
    tile = replace(TILE, rows=512, cols=512, crossbar=Crossbar())
    must = (
        "leave enough memory for the answer, but 1 arrays of 512 x 512 cells need 1.* Give .*tiles"
    )
    with pytest.raises(MemoryError, match=must):
        convert(nn.Sequential(nn.Linear(512, 256)), tile, torch.rand(1, 512))


def test_a_tile_too_narrow_for_one_output_is_refused():
    with pytest.raises(ValueError, match="`cols` must hold an output of DifferentialPair, but is"):
        convert(nn.Linear(3, 2), Tile(mapping=PAIR, cols=1), torch.rand(1, 3))


def test_nan_in_inputs_of_any_layer_is_refused():
    with pytest.raises(ValueError, match="`inputs` must be finite"):
        Conv2d(nn.Conv2d(1, 1, 3), TILE, torch.full((1, 1, 5, 5), torch.nan))


def test_whole_numbers_go_through_an_embedding():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Embedding(10, 6), nn.Linear(6, 2))
    words = torch.randint(10, (3, 4))
    analog = convert(model, TILE, words)
    torch.testing.assert_close(analog(words), model(words), rtol=1e-4, atol=1e-5)


def test_tiles_are_numbered_through_the_model():
    model = nn.Sequential(nn.Linear(40, 12), nn.Linear(12, 3))
    analog = convert(model, Tile(mapping=PAIR, rows=16, cols=12, dac=DAC()), torch.rand(2, 40))
    assert (analog[0].first_tile, analog[0].tiles, analog[1].first_tile) == (0, 6, 6)
