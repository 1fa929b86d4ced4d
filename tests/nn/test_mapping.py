"""Signed weights as pairs of conductances."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mho.nn import DifferentialPair

PAIR = DifferentialPair(g_min=10e-6, g_max=90e-6)


@given(st.integers(1, 5), st.integers(1, 5), st.floats(1e-3, 1e3), st.integers(0, 2**31))
def test_the_difference_of_the_pair_is_the_weight(inputs, outputs, size, seed):
    generator = torch.Generator().manual_seed(seed)
    weight = size * torch.randn(inputs, outputs, dtype=torch.float64, generator=generator)
    conductance = PAIR.conductance(weight)
    assert conductance.shape == (inputs, 2 * outputs)
    assert conductance.min() >= 10e-6 * (1 - 1e-12)
    assert conductance.max() == pytest.approx(90e-6)
    back = PAIR.outputs(conductance) * PAIR.weight_per_siemens(weight)
    torch.testing.assert_close(back, weight, rtol=1e-9, atol=1e-9 * size)


def test_a_weight_of_zero_leaves_both_cells_low():
    conductance = PAIR.conductance(torch.tensor([[0.0, 2.0, -1.0]]))
    expected = torch.tensor([[10e-6, 10e-6, 90e-6, 10e-6, 10e-6, 50e-6]], dtype=torch.float64)
    torch.testing.assert_close(conductance, expected)


def test_a_layer_of_zeros_maps_to_low_cells():
    assert (PAIR.conductance(torch.zeros(2, 2)) == 10e-6).all()


def test_an_empty_range_is_refused():
    with pytest.raises(ValueError, match="`g_max` must be greater than 1e-05"):
        DifferentialPair(g_min=10e-6, g_max=10e-6)
