"""Converters round to their grid and clip to their range."""

import math

import pytest
import torch

from mho import ADC, DAC, TIA
from mho.crossbar.input_noise import InputNoise


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


def test_an_array_that_carried_no_current_stays_at_zero(generator):
    adc = ADC(bits=8, offset_error=2.0).fit(torch.zeros(3, 4))
    current = torch.ones(3, 4)
    noise = InputNoise(shared=torch.tensor(1.0), generator=generator)
    silent = adc(current), adc(current.double()), adc(current, noise=noise)
    assert not any(answer.any() for answer in (*silent, adc(current.requires_grad_())))


def test_a_converter_that_was_not_fitted_says_so():
    with pytest.raises(ValueError, match="Call `fit"):
        DAC()(torch.zeros(1, 1))
    with pytest.raises(ValueError, match="Call `fit"):
        ADC()(torch.zeros(1, 1))


@pytest.mark.parametrize("bits", [0, 25])
def test_impossible_resolutions_are_refused(bits):
    with pytest.raises(ValueError, match="`bits` must be at least 1 and at most 24"):
        ADC(bits=bits)


RANGE = torch.tensor([[-0.5, 1.0]], dtype=torch.float64)


@pytest.mark.parametrize("converter", [ADC(bits=4), DAC(bits=4)])
def test_converters_have_no_errors_unless_asked_for(converter, generator):
    value = torch.rand(50, 3, dtype=torch.float64, generator=generator) - 0.3
    step = 1.5 / 15
    expected = (-0.5 + ((value + 0.5) / step).round() * step).clamp(-0.5, 1.0)
    torch.testing.assert_close(converter.fit(RANGE)(value), expected, rtol=1e-14, atol=1e-15)


def test_the_offset_of_a_dac_moves_every_voltage_by_as_many_steps(generator):
    voltage = torch.rand(20, 5, dtype=torch.float64, generator=generator)
    exact = DAC(bits=4).fit(RANGE)(voltage)
    moved = DAC(bits=4, offset_error=-0.7).fit(RANGE)(voltage)
    torch.testing.assert_close(moved - exact, torch.full_like(voltage, -0.7 * 1.5 / 15))


def test_the_gain_of_a_dac_scales_every_voltage_about_zero(generator):
    voltage = torch.rand(20, 5, dtype=torch.float64, generator=generator) - 0.5
    exact = DAC(bits=4).fit(RANGE)(voltage)
    scaled = DAC(bits=4, gain_error=0.02).fit(RANGE)(voltage)
    torch.testing.assert_close(scaled, 1.02 * exact, rtol=1e-15, atol=0)


def test_the_errors_of_an_adc_are_those_of_another_current(generator):
    current = 2 * torch.rand(20, 5, dtype=torch.float64, generator=generator) - 0.7
    exact = ADC(bits=4).fit(RANGE)
    wrong = ADC(bits=4, offset_error=1.3, gain_error=-0.1).fit(RANGE)
    assert torch.equal(wrong(current), exact(0.9 * current + 1.3 * 0.1))
    assert wrong(current).max() <= 1.0


def test_an_offset_of_whole_steps_shifts_the_codes_of_an_adc():
    current = torch.linspace(-0.4, 0.7, 50, dtype=torch.float64)[None]
    exact, shifted = (ADC(bits=4, offset_error=e).fit(RANGE)(current) for e in (0.0, 2.0))
    torch.testing.assert_close(shifted, exact + 0.2)


@pytest.mark.parametrize("converter", [ADC, DAC])
@pytest.mark.parametrize(
    "error", [{"offset_error": 256.0}, {"offset_error": math.nan}, {"gain_error": -1.0}], ids=str
)
def test_impossible_errors_are_refused(converter, error):
    with pytest.raises(ValueError, match=f"Argument `{next(iter(error))}` must be"):
        converter(**error)


def test_an_amplifier_turns_currents_into_voltages_and_back():
    current = torch.tensor([[1e-4, -5e-5]], dtype=torch.float64)
    tia = TIA(feedback_resistance=2e3)
    torch.testing.assert_close(tia.voltage(current), torch.tensor([[0.2, -0.1]]).double())
    torch.testing.assert_close(tia.current(tia.voltage(current)), current)
    torch.testing.assert_close(tia(current), current)


def test_an_amplifier_clips_to_what_its_output_can_give():
    tia = TIA(feedback_resistance=1e3, low=0.0, high=0.5)
    voltage = tia.voltage(torch.tensor([[-1e-4, 1e-4, 1e-3]], dtype=torch.float64))
    assert voltage.tolist() == [[0.0, 0.1, 0.5]]
    assert tia(torch.tensor([[1.0]])).item() == pytest.approx(5e-4)


def test_the_offset_of_an_amplifier_is_its_output_without_a_current():
    tia = TIA(feedback_resistance=1e3, offset=0.01)
    assert tia.voltage(torch.zeros(1, 1)).item() == pytest.approx(0.01)
    assert tia(torch.zeros(1, 1)).item() == pytest.approx(1e-5)


@pytest.mark.parametrize(
    ("limits", "resistance"), [((-1.0, 1.0), 1e4), ((-0.1, 1.0), 2e3), ((0.0, 2.0), 2e4)]
)
def test_an_amplifier_is_fitted_to_use_its_whole_output(limits, resistance):
    current = torch.tensor([[1e-4, -5e-5]], dtype=torch.float64)
    tia = TIA(low=limits[0], high=limits[1]).fit(current)
    assert tia.feedback_resistance == pytest.approx(resistance)


def test_an_amplifier_that_cannot_be_fitted_or_was_not_says_so():
    with pytest.raises(ValueError, match="Call `fit"):
        TIA()(torch.zeros(1, 1))
    for tia, current in [(TIA(), 0.0), (TIA(low=0.0), -1.0), (TIA(high=math.inf), 1.0)]:
        with pytest.raises(ValueError, match="Argument `current` must drive the output"):
            tia.fit(torch.full((1, 1), current))


@pytest.mark.parametrize(
    "setting",
    [{"low": 0.1}, {"high": -0.1}, {"offset": 2.0}, {"feedback_resistance": 0.0}],
    ids=str,
)
def test_impossible_amplifiers_are_refused(setting):
    with pytest.raises(ValueError, match=f"Argument `{next(iter(setting))}` must be"):
        TIA(**setting)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rows_that_never_got_a_voltage_get_none(dtype):
    silent = DAC().fit(torch.zeros(3, 4))
    assert torch.equal(silent(torch.zeros(2, 4, dtype=dtype)), torch.zeros(2, 4, dtype=dtype))
