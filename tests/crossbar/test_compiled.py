"""Compiled rounding and noise against the same by torch."""

import pytest
import torch

from mho import ADC
from mho.core.random import with_normal
from mho.crossbar.input_noise import InputNoise


@pytest.mark.parametrize("beside", [False, True], ids=["apart", "side by side"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rounding_is_the_same_with_and_without_a_gradient(beside, dtype, generator):
    current = torch.randn(3, 2, 40, 5, generator=generator, dtype=dtype)
    if beside:
        current = current.transpose(1, 2).contiguous().transpose(1, 2)
    adc = ADC(bits=5, gain_error=0.02, offset_error=0.3).fit(0.8 * current)
    torch.testing.assert_close(
        adc(current), adc(current.clone().requires_grad_()).detach(), rtol=0, atol=1e-6
    )
    assert adc(current).shape == current.shape


def test_what_is_not_a_number_stays_none():
    adc = ADC(bits=4).fit(torch.tensor([[0.0, 1.0]]))
    assert adc(torch.tensor([[torch.nan, 0.5]])).isnan().tolist() == [[True, False]]


def test_compiled_noise_is_normal_and_repeats(generator):
    value = torch.zeros(1000, 1001)
    drawn = with_normal(value, torch.tensor(2.0), generator)
    assert drawn.mean().item() == pytest.approx(0.0, abs=0.01)
    assert drawn.std().item() == pytest.approx(2.0, rel=0.005)
    normal = drawn.double() / 2
    assert normal.pow(4).mean().item() == pytest.approx(3.0, rel=0.02)
    assert normal.pow(3).mean().item() == pytest.approx(0.0, abs=0.02)
    for size, share in ((1, 0.3173), (2, 0.0455), (3, 0.0027)):
        assert (normal.abs() > size).double().mean().item() == pytest.approx(share, rel=0.06)
    neighbours = (normal[:, 1:] * normal[:, :-1]).mean()
    assert neighbours.item() == pytest.approx(0.0, abs=0.005)
    again = with_normal(value, torch.tensor(2.0), torch.Generator().manual_seed(0))
    assert torch.equal(again, drawn)


def test_noise_has_the_deviation_of_each_column_in_any_order_of_memory(generator):
    value = torch.ones(4, 3, 20_000).transpose(1, 2)
    deviation = torch.tensor([0.1, 1.0, 10.0])
    drawn = with_normal(value, deviation, generator)
    assert drawn.stride() == value.stride()
    for column, sigma in enumerate(deviation.tolist()):
        noise = drawn[..., column] - 1
        assert noise.std().item() == pytest.approx(sigma, rel=0.02)
        assert noise.mean().item() == pytest.approx(0.0, abs=0.02 * sigma)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["compiled", "plain"])
@pytest.mark.parametrize("ranges", ["each", "one"])
@pytest.mark.parametrize("beside", [False, True], ids=["apart", "side by side"])
@pytest.mark.parametrize("sources", ["number", "column", "own", "column and own"])
def test_noise_before_rounding_is_normal_with_its_variance(
    sources, beside, ranges, dtype, generator
):
    current = torch.randn(2, 3, 40_000, 5, generator=generator, dtype=dtype)
    column = (1 + torch.arange(30, dtype=dtype)).reshape(2, 3, 1, 5)
    own = torch.linspace(1, 2, 40_000, dtype=dtype)[:, None].expand(2, 3, 40_000, 5)
    variances = {
        "number": (torch.tensor(4.0, dtype=dtype),),
        "column": (column, torch.tensor(4.0, dtype=dtype)),
        "own": (own,),
        "column and own": (column, own),
    }[sources]
    if beside:
        current = current.transpose(1, 2).contiguous().transpose(1, 2)
    axes = (-2, -1) if ranges == "each" else (0, 1, 2, 3)
    far = torch.full_like(current.amax(axes, keepdim=True), 60.0)
    adc = ADC(bits=24, low=-far, high=far)
    noise = InputNoise.of(variances, generator)
    normal = (adc(current, noise=noise) - current) / sum(variances).expand(current.shape).sqrt()
    assert normal.mean(-2).abs().max() < 5 / 200
    assert (normal.var(-2) - 1).abs().max() < 5 * (2 / 40_000) ** 0.5
    assert normal.pow(4).mean().item() == pytest.approx(3.0, rel=0.02)
    among = torch.corrcoef(normal.transpose(-2, -1).reshape(30, -1)) - torch.eye(30)
    assert among.abs().max() < 6 / 200
    following = (normal[..., 1:, :] * normal[..., :-1, :]).mean()
    assert abs(following) < 5 / 1_200_000**0.5


def test_noise_before_rounding_repeats_and_rounds_to_the_same_values():
    current = torch.linspace(-1, 1, 300).reshape(1, 100, 3)
    adc = ADC(bits=4).fit(current)
    first, again, other = (
        adc(current, noise=InputNoise.of([torch.tensor(0.01)], torch.Generator().manual_seed(seed)))
        for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert set(first.unique().tolist()) <= set(adc(current).unique().tolist())
    silent = InputNoise.of([torch.tensor(0.0)], torch.Generator())
    assert torch.equal(adc(current, noise=silent), adc(current))
