"""Telegraph noise fitted to measured read noise, by its spectrum."""

import math

import torch
from torch import Tensor

from mho.core.check import check_finite, check_number, check_shape

from .telegraph_noise import TelegraphNoise


def spectrum(conductance: Tensor, rate: float, *, segment: int) -> tuple[Tensor, Tensor]:
    """Frequency, (frequencies,), Hz, and one-sided power spectral density, (frequencies,), S^2/Hz.

    Welch's average over half-overlapping segments under a Hann window; frequency 0 is left out.

    Args:
        conductance: (..., samples), S. Read at even steps of time; all are averaged over.
        rate: Hz. Samples per second.
        segment: Samples of a segment.
    """
    check_shape("conductance", conductance, "(..., samples)")
    check_finite("conductance", conductance)
    check_number("segment", segment, low=4, high=conductance.shape[-1])
    window = torch.hann_window(segment, dtype=torch.float64)
    parts = conductance.unfold(-1, segment, segment // 2)
    power = torch.fft.rfft((parts - parts.mean(-1, keepdim=True)) * window).abs().square()
    density = 2 * power.flatten(0, -2).mean(0) / (rate * window.square().sum())
    return torch.fft.rfftfreq(segment, 1 / rate, dtype=torch.float64)[1:], density[1:]


def in_bins(
    frequency: Tensor, density: Tensor, *, per_decade: int = 8
) -> tuple[Tensor, Tensor, Tensor]:
    """Means over evenly spaced logarithms of the frequency, and how many values each holds.

    Args:
        frequency: (frequencies,). Hz, rising.
        density: (frequencies,). Spectral density, in any unit.
        per_decade: Bins of a decade.
    """
    bins = (per_decade * (frequency / frequency[0]).log10()).floor().long()
    _, bins, count = bins.unique(return_inverse=True, return_counts=True)
    means = (
        torch.zeros(len(count), dtype=torch.float64).index_add(0, bins, each) / count
        for each in (frequency, density)
    )
    return *means, count


def fit_telegraph(
    conductance: Tensor, rate: float, *, segment: int, per_decade: int = 3
) -> TelegraphNoise:
    """The telegraph noise whose spectrum is that of a measurement.

    The corners are evenly spaced in their logarithm, from below the lowest frequency of a segment
    to above the highest; the amplitudes have the greatest likelihood (Whittle's), found by
    multiplicative steps (Févotte et al., Neural Computation 21 (2009) 793).

    Args:
        conductance: (..., samples), S. Read at even steps of time.
        rate: Hz. Samples per second.
        segment: Samples of a segment of the spectrum.
        per_decade: Corners of a decade.
    """
    every, power = spectrum(conductance, rate, segment=segment)
    frequency, density, count = in_bins(every, power / conductance.mean().square())
    low, high = math.log10(rate / segment / 3), math.log10(3 * rate)
    corners = torch.logspace(
        low, high, math.ceil(per_decade * (high - low)) + 1, dtype=torch.float64
    )
    shapes = sampled_lorentzian(corners, frequency, rate)
    variance = torch.full_like(corners, density.mean().item() / shapes.mean().item())
    for _ in range(5000):
        model = variance @ shapes
        ratio = (shapes @ (count * density / model.square())) / (shapes @ (count / model))
        variance = variance * ratio.sqrt()
    heard = variance > 1e-6 * variance.sum()
    return TelegraphNoise(
        corners=tuple(corners[heard].tolist()), amplitudes=tuple(variance[heard].sqrt().tolist())
    )


def sampled_lorentzian(corner: Tensor, frequency: Tensor, rate: float) -> Tensor:
    """Spectra of traps of amplitude 1 that are sampled: (traps, frequencies), 1/Hz.

    Args:
        corner: (traps,). Hz. Corner frequency of each trap.
        frequency: (frequencies,). Hz. Up to half the rate.
        rate: Hz. Samples per second.
    """
    memory = torch.exp(-2 * math.pi * corner / rate)[:, None]
    cosine = torch.cos(2 * math.pi * frequency / rate)
    return (2 / rate) * (1 - memory.square()) / (1 - 2 * memory * cosine + memory.square())
