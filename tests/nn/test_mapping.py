"""Signed weights as conductances, and currents as sums of weights."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mho.nn import DifferentialPair, Offset, ReferenceColumn

LIMITS = {"g_min": 10e-6, "g_max": 90e-6}
MAPPINGS = (DifferentialPair(**LIMITS), ReferenceColumn(**LIMITS), Offset(**LIMITS))
ANALOG = tuple(kind(**LIMITS, analog=True) for kind in (DifferentialPair, ReferenceColumn))


@pytest.mark.parametrize("mapping", MAPPINGS + ANALOG, ids=str)
@settings(deadline=None)  # the first one imports and compiles
@given(rows=st.integers(1, 5), outputs=st.integers(1, 5), seed=st.integers(0, 2**31))
def test_a_tile_multiplies_by_its_weights(mapping, rows, outputs, seed):
    generator = torch.Generator().manual_seed(seed)
    weight = 2 * torch.rand(rows, outputs, dtype=torch.float64, generator=generator) - 1
    voltage = torch.randn(7, rows, dtype=torch.float64, generator=generator)
    conductance = mapping.conductance(weight)
    assert conductance.shape == (rows, mapping.columns(outputs))
    assert mapping.outputs(mapping.columns(outputs)) == outputs
    seen = mapping.seen(voltage @ conductance)
    assert seen.shape[-1] == mapping.converters(mapping.columns(outputs))
    sums = mapping.sums(seen, voltage.sum(-1, keepdim=True)) / mapping.span
    torch.testing.assert_close(sums, voltage @ weight, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(mapping.held(conductance), weight, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("mapping", MAPPINGS, ids=lambda mapping: type(mapping).__name__)
def test_the_largest_weights_take_the_whole_range_and_none_leaves_it(mapping):
    conductance = mapping.conductance(torch.tensor([[1.0, -1.0, 0.0]]))
    assert conductance.min().item() == pytest.approx(10e-6)
    assert conductance.max().item() == pytest.approx(90e-6)


def test_a_weight_of_zero_leaves_both_cells_of_a_pair_low():
    conductance = MAPPINGS[0].conductance(torch.tensor([[0.0, 1.0, -0.5]]))
    expected = torch.tensor([[10e-6, 10e-6, 90e-6, 10e-6, 10e-6, 50e-6]], dtype=torch.float64)
    torch.testing.assert_close(conductance, expected)


def test_one_column_holds_what_all_others_subtract():
    conductance = MAPPINGS[1].conductance(torch.tensor([[0.0, 1.0], [-1.0, 0.5]]))
    expected = torch.tensor([[50, 50, 90], [50, 10, 70]], dtype=torch.float64) * 1e-6
    torch.testing.assert_close(conductance, expected)


def test_an_offset_takes_one_cell_for_each_weight():
    conductance = MAPPINGS[2].conductance(torch.tensor([[0.0, 1.0], [-1.0, 0.5]]))
    expected = torch.tensor([[50, 90], [10, 70]], dtype=torch.float64) * 1e-6
    torch.testing.assert_close(conductance, expected)


@pytest.mark.parametrize("kind", [DifferentialPair, ReferenceColumn, Offset])
def test_an_empty_range_is_refused(kind):
    with pytest.raises(ValueError, match="`g_max` must be greater than 1e-05"):
        kind(g_min=10e-6, g_max=10e-6)


def test_weights_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="`weight` must be finite"):
        MAPPINGS[2].conductance(torch.tensor([[torch.nan]]))
