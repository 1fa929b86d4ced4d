"""Noise of a read has the variance that it says, and nothing else."""

import math

import pytest
import torch

from mho.crossbar import (
    Crossbar,
    Noise,
    RelativeReadNoise,
    ShotNoise,
    ThermalNoise,
    WhiteNoise,
)
from mho.crossbar.noise import together

NOISES = {
    "white": WhiteNoise(sigma=1e-7),
    "thermal": ThermalNoise(bandwidth=1e9),
    "shot": ShotNoise(bandwidth=1e9),
    "relative": RelativeReadNoise(sigma=0.02),
}
SILENT = {
    "white": WhiteNoise(sigma=0.0),
    "thermal": ThermalNoise(bandwidth=1e9, temperature=0.0),
    "shot": ShotNoise(bandwidth=0.0),
    "relative": RelativeReadNoise(sigma=0.0),
}
READINGS = 20_000

each_noise = pytest.mark.parametrize("noise", NOISES.values(), ids=NOISES)


def problem(*batch: int, vectors: int = 3):
    generator = torch.Generator().manual_seed(5)
    conductance = 1e-4 * torch.rand(*batch, 6, 4, generator=generator, dtype=torch.float64)
    voltage = torch.rand(*batch, vectors, 6, generator=generator, dtype=torch.float64) - 0.4
    return voltage @ conductance, conductance, voltage


@each_noise
def test_noise_has_no_bias_and_the_variance_that_it_says(noise: Noise, generator):
    current, conductance, voltage = problem()
    many = current.expand(READINGS, *current.shape)
    deviation = noise.deviation(current, conductance, voltage).expand(current.shape)
    assert (deviation > 0).all()
    normal = (noise.apply(many, conductance, voltage, generator) - current) / deviation
    # Four standard errors of a mean, 1 / sqrt(n), and of a variance, sqrt(2 / n).
    assert normal.mean(0).abs().max() < 4 / math.sqrt(READINGS)
    assert (normal.var(0) - 1).abs().max() < 4 * math.sqrt(2 / READINGS)


def test_each_variance_is_its_formula_cell_by_cell():
    current, conductance, voltage = problem()
    for vector in range(3):
        for col in range(4):
            cells = [(conductance[r, col].item(), voltage[vector, r].item()) for r in range(6)]
            expected = {
                "white": 1e-14,
                "thermal": 4 * 1.380649e-23 * 300 * 1e9 * sum(g for g, _ in cells),
                "shot": 2 * 1.602176634e-19 * 1e9 * abs(current[vector, col].item()),
                "relative": 0.02**2 * sum((g * v) ** 2 for g, v in cells),
            }
            for name, noise in NOISES.items():
                deviation = noise.deviation(*problem()).expand(3, 4)[vector, col].item()
                assert deviation**2 == pytest.approx(expected[name], rel=1e-12)


def test_relative_noise_is_that_of_reading_fluctuating_conductances(generator):
    current, conductance, voltage = problem()
    fluctuation = torch.randn(READINGS, 6, 4, generator=generator, dtype=torch.float64)
    read = Crossbar.ideal().read(conductance * (1 + 0.02 * fluctuation), voltage).current
    deviation = NOISES["relative"].deviation(current, conductance, voltage)
    assert (read.var(0) / deviation**2 - 1).abs().max() < 4 * math.sqrt(2 / READINGS)


@each_noise
def test_noise_is_independent_between_vectors_columns_and_arrays(noise: Noise, generator):
    current, conductance, voltage = problem(2)
    many = current.expand(READINGS, *current.shape)
    change = (noise.apply(many, conductance, voltage, generator) - current).flatten(1)
    correlation = torch.corrcoef(change.T) - torch.eye(change.shape[1])
    assert correlation.abs().max() < 5 / math.sqrt(READINGS)


@each_noise
def test_the_same_seed_gives_the_same_noise(noise: Noise):
    first, again, other = (
        noise.apply(*problem(), torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert (first != other).all()


@pytest.mark.parametrize("noise", SILENT.values(), ids=SILENT)
def test_no_noise_changes_nothing(noise: Noise, generator):
    current, conductance, voltage = problem()
    assert torch.equal(noise.apply(current, conductance, voltage, generator), current)


@each_noise
def test_a_batch_of_arrays_has_the_shape_of_its_currents(noise: Noise, generator):
    current, conductance, voltage = problem(5)
    assert noise.apply(current, conductance, voltage, generator).shape == (5, 3, 4)
    single = [x.float() for x in (current, conductance, voltage)]
    noisy = noise.apply(*single, generator)
    assert noisy.dtype == torch.float32
    assert (noisy != single[0]).any()


@each_noise
def test_gradients_pass_noise_unchanged(noise: Noise, generator):
    current, conductance, voltage = problem()
    current = torch.zeros_like(current).requires_grad_()
    noise.apply(current, conductance.requires_grad_(), voltage, generator).sum().backward()
    assert torch.equal(current.grad, torch.ones_like(current))
    assert conductance.grad is None


@pytest.mark.parametrize(
    ("noise", "setting"),
    [
        (WhiteNoise, {"sigma": -1.0}),
        (RelativeReadNoise, {"sigma": math.nan}),
        (ShotNoise, {"bandwidth": -1.0}),
        (ThermalNoise, {"bandwidth": -1.0}),
        (ThermalNoise, {"bandwidth": 1.0, "temperature": -1.0}),
    ],
)
def test_impossible_noise_is_refused(noise, setting):
    with pytest.raises(ValueError, match=f"Argument `{list(setting)[-1]}` must be at least 0"):
        noise(**setting)


def test_sources_together_have_the_sum_of_their_variances(generator):
    current, conductance, voltage = problem()
    noise = together(list(NOISES.values()), current, conductance, voltage, generator)
    parts = [each.variance(current, conductance, voltage) for each in NOISES.values()]
    change = noise.on(current.expand(READINGS, *current.shape)) - current
    ratio = change.var(0) / sum(parts)
    assert (ratio - 1).abs().max() < 4 * math.sqrt(2 / READINGS)
