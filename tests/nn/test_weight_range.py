"""Which weights the whole range of the cells stands for."""

import pytest
import torch
from torch import nn

from mho.nn import (
    ColumnRange,
    DifferentialPair,
    FixedRange,
    LayerRange,
    Tile,
    TileRange,
    convert,
)

NAN = torch.nan
# Two row tiles, one column tile of two outputs; the last row does not exist.
WEIGHT = torch.tensor([[[[1.0, -2.0], [3.0, 0.0]]], [[[-8.0, 4.0], [NAN, NAN]]]])


def test_ranges_are_those_of_layer_tile_column_or_the_same_for_all():
    assert LayerRange().largest(WEIGHT).tolist() == [[[[8.0]]]]
    assert TileRange().largest(WEIGHT).flatten().tolist() == [3.0, 8.0]
    assert ColumnRange().largest(WEIGHT).tolist() == [[[[8.0, 4.0]]]]
    assert FixedRange(bound=4.0).largest(WEIGHT).tolist() == [[[[4.0]]]]


def test_deviations_clip_what_is_far_out_and_leave_what_is_not():
    rms = (94 / 6) ** 0.5
    assert LayerRange(deviations=1.5).largest(WEIGHT).item() == pytest.approx(1.5 * rms)
    assert LayerRange(deviations=3.0).largest(WEIGHT).item() == 8.0


def test_weights_of_zero_alone_get_any_scale():
    for kind in (LayerRange(), TileRange(), ColumnRange(deviations=2.0)):
        assert (kind.largest(torch.zeros(1, 1, 2, 2)) == 1.0).all()


@pytest.mark.parametrize("kind", [LayerRange(), TileRange(), ColumnRange()])
def test_no_range_of_its_own_clips_and_the_layer_is_the_digital_one(kind, generator):
    layer, x = nn.Linear(20, 9), torch.rand(40, 20, generator=generator)
    pair = DifferentialPair(g_min=10e-6, g_max=90e-6, weights=kind)
    analog = convert(layer, Tile(mapping=pair, rows=6, cols=8), x)
    assert analog.clipped == 0
    torch.testing.assert_close(analog(x), layer(x), rtol=1e-5, atol=1e-6)


def test_weights_beyond_a_fixed_range_are_clipped_and_their_share_is_told():
    layer = nn.Linear(4, 1, bias=False)
    layer.weight.data = torch.tensor([[0.5, -3.0, 1.0, 2.0]])
    pair = DifferentialPair(g_min=10e-6, g_max=90e-6, weights=FixedRange(bound=1.0))
    analog = convert(layer, Tile(mapping=pair), torch.ones(3, 4))
    torch.testing.assert_close(analog.kernel, torch.tensor([[0.5, -1.0, 1.0, 1.0]]))
    assert analog.clipped == 0.5
    assert "50 % of the weights clipped" in repr(analog)


def test_an_empty_range_is_refused():
    with pytest.raises(ValueError, match="`bound` must be greater than 0"):
        FixedRange(bound=0.0)
    for kind in (LayerRange, TileRange, ColumnRange):
        with pytest.raises(ValueError, match="`deviations` must be greater than 0"):
            kind(deviations=0.0)
