"""Weights spread over several cells."""

import pytest
import torch
from torch import nn

from mho.nn import (
    BitSlices,
    DifferentialPair,
    ErrorWriter,
    LevelWriter,
    Offset,
    ResidualSlices,
    Tile,
    Whole,
    convert,
)
from mho.programming import KnotGrid, Origin, ProgramError

LIMITS = {"g_min": 10e-6, "g_max": 90e-6}
PAIR = DifferentialPair(**LIMITS)


def gaussian(scale):
    grid = KnotGrid.over(10e-6, 90e-6, knots=2)
    ones = torch.ones(2, dtype=torch.float64)
    origin = Origin(scheme="none", device="none", outcomes="none")
    kind = {"least": 1e-6, "greatest": 1e-3, "origin": origin}
    return ProgramError(
        grid=grid, location=0 * ones, scale=scale * ones, freedom=1e6 * ones, **kind
    )


def error(tile, *, layer, x):
    return (convert(layer, tile, x).kernel - layer.weight).square().mean().sqrt().item()


@pytest.fixture
def layer():
    torch.manual_seed(0)
    return nn.Linear(50, 30)


@pytest.fixture
def x(generator):
    return torch.rand(10, 50, generator=generator)


@pytest.mark.parametrize("slicing", [Whole(), BitSlices(slices=3, bits=4), ResidualSlices()])
@pytest.mark.parametrize("mapping", [PAIR, Offset(**LIMITS)])
def test_slices_add_up_to_the_weights(layer, x, slicing, mapping):
    tile = Tile(mapping=mapping, slicing=slicing, rows=16, cols=16)
    analog = convert(layer, tile, x)
    step = layer.weight.abs().max().item() / (2**12 - 1)
    torch.testing.assert_close(analog.kernel, layer.weight, rtol=0, atol=0.51 * step)
    assert analog.target.shape[1] == len(slicing.significance) * -(-30 // mapping.outputs(16))


def test_cells_of_few_levels_hold_weights_of_many_bits(layer, x):
    def with_levels(slicing):
        writer = LevelWriter(low=10e-6, high=90e-6, levels=4)
        return error(Tile(mapping=PAIR, slicing=slicing, writer=writer), layer=layer, x=x)

    sliced = with_levels(BitSlices(slices=4, bits=2))
    assert sliced < with_levels(Whole()) / 50
    assert sliced == pytest.approx(layer.weight.abs().max().item() / 255 / 12**0.5, rel=0.1)


def test_a_second_cell_repairs_what_the_first_one_missed(layer, x):
    def missed(slicing):
        tile = Tile(mapping=PAIR, slicing=slicing, writer=ErrorWriter(error=gaussian(1e-6)))
        return error(tile, layer=layer, x=x)

    once = missed(Whole())
    assert missed(ResidualSlices(slices=2, gain=8.0)) == pytest.approx(once / 8, rel=0.1)
    assert missed(ResidualSlices(slices=3, gain=8.0)) == pytest.approx(once / 64, rel=0.1)


def test_slices_are_cells_of_their_own(layer, x):
    tile = Tile(mapping=PAIR, slicing=BitSlices(slices=2), writer=ErrorWriter(error=gaussian(1e-6)))
    analog = convert(layer, tile, x)
    missed = (analog.conductance - analog.target)[0]
    assert analog.tiles == 2
    assert not torch.equal(missed[0], missed[1])


def test_impossible_slices_are_refused():
    with pytest.raises(ValueError, match="`slices` must be at least 1"):
        BitSlices(slices=0)
    with pytest.raises(ValueError, match="`bits` must be at least 1 and at most 8"):
        BitSlices(slices=4, bits=9)
    with pytest.raises(ValueError, match="`gain` must be at least 1"):
        ResidualSlices(gain=0.5)
