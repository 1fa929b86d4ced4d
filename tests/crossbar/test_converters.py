"""Converters round to their grid and clip to their range."""

import pytest
import torch

from mho import ADC, DAC


def test_a_dac_of_two_bits_has_four_voltages():
    voltage = torch.linspace(0, 0.3, 100, dtype=torch.float64).reshape(1, 100)
    converted = DAC(bits=2).fit(voltage)(voltage)
    expected = torch.tensor([0.0, 0.1, 0.2, 0.3], dtype=torch.float64)
    torch.testing.assert_close(converted.unique(), expected)


@pytest.mark.parametrize("bits", [1, 4, 8, 12])
def test_rounding_errs_by_at_most_half_a_step(bits, generator):
    current = torch.rand(20, 5, dtype=torch.float64, generator=generator)
    adc = ADC(bits=bits).fit(current)
    step = float(adc.high - adc.low) / (2**bits - 1)
    assert (adc(current) - current).abs().max() <= step / 2 * (1 + 1e-9)


def test_values_beyond_the_range_are_clipped_to_it():
    adc = ADC(bits=8).fit(torch.tensor([[0.0, 1.0]]))
    assert adc(torch.tensor([[-3.0, 7.0]])).tolist() == [[0.0, 1.0]]


def test_each_array_of_a_batch_has_its_own_adc_range():
    current = torch.tensor([[[0.0, 1.0]], [[0.0, 100.0]]])
    adc = ADC(bits=1).fit(current)
    assert adc.high.flatten().tolist() == [1.0, 100.0]
    assert torch.equal(adc(current), current)


def test_zero_is_always_within_the_range():
    adc = ADC(bits=8).fit(torch.tensor([[5.0, 6.0]]))
    assert float(adc.low) == 0.0


def test_an_array_that_carried_no_current_stays_at_zero():
    adc = ADC(bits=8).fit(torch.zeros(3, 4))
    assert torch.equal(adc(torch.ones(3, 4)).round(), torch.zeros(3, 4))


def test_a_converter_that_was_not_fitted_says_so():
    with pytest.raises(ValueError, match="Call `fit"):
        DAC()(torch.zeros(1, 1))
    with pytest.raises(ValueError, match="Call `fit"):
        ADC()(torch.zeros(1, 1))


@pytest.mark.parametrize("bits", [0, 25])
def test_impossible_resolutions_are_refused(bits):
    with pytest.raises(ValueError, match="`bits` must be at least 1 and at most 24"):
        ADC(bits=bits)
