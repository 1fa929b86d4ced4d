"""Weights spread over several cells."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from mho import ColumnGain, Crossbar
from mho.calibration import Affine
from mho.nn import (
    BitSlices,
    DifferentialPair,
    ErrorWriter,
    LevelWriter,
    Nodal,
    Offset,
    ReferenceColumn,
    ResidualSlices,
    ResidualThroughWires,
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


WIRES = Crossbar(row_resistance=30.0, column_resistance=30.0)


def wired(layer, x, slicing, **settings):
    tile = Tile(mapping=PAIR, slicing=slicing, crossbar=WIRES, rows=32, cols=32, **settings)
    return convert(layer, tile, x)


def test_slices_read_back_through_wires_repair_what_the_wires_do(layer, x):
    def missed(slicing):
        return (wired(layer, x, slicing).kernel - layer.weight).square().mean().sqrt().item()

    plain = missed(ResidualSlices(slices=3, gain=2.5))
    assert missed(ResidualThroughWires(slices=2, gain=2.5)) < plain / 8
    assert missed(ResidualThroughWires(slices=3, gain=2.5)) < plain / 50


def test_a_slice_asks_for_what_leaves_the_goal_where_wires_take_as_from_the_one_before(layer, x):
    slicing = ResidualThroughWires(slices=2, gain=1.0)
    analog = wired(layer, x, slicing)
    held, seen, asked = (
        values.double()[0, ::2]  # the first tile of both slices
        for values in (analog.conductance, analog.effective, analog.target)
    )
    share = layer.weight.detach().double().T[:25, :15] / layer.weight.abs().max()
    goal = slicing.slice(share * analog.reached[0, 0], [PAIR.held(seen[0])])
    left = PAIR.held(seen[0] / held[0] * asked[1])
    free = PAIR.held(asked[1]).abs() < 1 - 1e-6
    assert free.double().mean() > 0.9
    torch.testing.assert_close(left[free], goal[free], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("mapping", [Offset(**LIMITS), ReferenceColumn(**LIMITS)])
def test_weights_of_single_columns_cannot_make_up_for_wires(mapping):
    with pytest.raises(ValueError, match="`mapping` must be a `DifferentialPair`"):
        Tile(mapping=mapping, slicing=ResidualThroughWires())


@pytest.mark.parametrize("inputs", [50, 51])
def test_calibration_aims_at_what_the_last_slice_was_to_leave(inputs):
    torch.manual_seed(0)
    layer, inputs = nn.Linear(inputs, 31), torch.rand(100, inputs)
    analog = wired(layer, inputs, ResidualThroughWires(slices=2, gain=2.5), calibrator=Affine())
    with torch.no_grad():
        torch.testing.assert_close(analog(inputs), layer(inputs), rtol=0.0, atol=1e-5)


def test_their_kernel_is_what_the_nodal_equations_of_the_array_give(layer, x):
    analog = wired(layer, x, ResidualThroughWires(slices=3), reader=Nodal())
    with torch.no_grad():
        torch.testing.assert_close(
            analog(x), x @ analog.kernel.T + layer.bias, rtol=1e-4, atol=1e-5
        )


def test_without_wires_they_are_residual_slices(layer, x):
    writer = ErrorWriter(error=gaussian(1e-6))
    tile = Tile(mapping=PAIR, slicing=ResidualThroughWires(slices=3, gain=8.0), writer=writer)
    once = error(replace(tile, slicing=Whole()), layer=layer, x=x)
    assert error(tile, layer=layer, x=x) < once / 30


def test_a_column_without_weights_is_reached_as_far_as_any(x):
    layer = nn.Linear(50, 4, bias=False)
    layer.weight.data[2] = 0.0
    analog = wired(layer, x, ResidualThroughWires())
    assert analog.reached.isfinite().all()
    assert analog.kernel[2].abs().max() < 0.01 * layer.weight.abs().max()


def test_a_checkpoint_keeps_what_was_reached(layer, x):
    analog, other = (wired(layer, x, ResidualThroughWires()) for _ in range(2))
    with torch.no_grad():
        other.weight *= 0.5
        other(x)
    other.load_state_dict(analog.state_dict())
    assert torch.equal(other(x), analog(x))


def test_a_gain_for_each_column_leaves_less_behind_slices_read_through_wires(layer, x):
    def missed(slicing):
        analog = wired(layer, x, slicing, calibrator=ColumnGain())
        with torch.no_grad():
            return (analog(x) - layer(x)).square().mean().sqrt().item()

    assert missed(ResidualThroughWires(slices=3)) < missed(ResidualSlices(slices=3, gain=2.5)) / 2
