"""Levels out of sweeps, and how straight they are."""

import numpy as np
import pytest
import torch
from scipy.optimize import curve_fit

from mho.programming.nonlinearity import FromOne, FromZero, nonlinearity, nonlinearity_factor
from mho.programming.segmentation import Levels, segment


def line(reads, *, falls=False):
    value = torch.linspace(740.0, 880.0, reads, dtype=torch.float64)
    return value.flip(0) if falls else value


def test_each_level_takes_the_nearest_read_of_its_sweep():
    sweep = torch.tensor([[0.0, 1.0, 3.0, 3.8, 7.0, 8.0]], dtype=torch.float64)
    levels = segment(sweep, 5)
    assert levels.index.tolist() == [[0, 1, 3, 4, 5]]
    torch.testing.assert_close(levels.achieved[0], sweep[0, levels.index[0]] / 8)
    assert levels.group.tolist() == [[1, 2, 1, 1]]
    assert levels.unoccupied.tolist() == [0]


def test_levels_without_a_read_of_their_own_are_reported():
    levels = segment(line(10)[None], 19)
    assert levels.unoccupied.tolist() == [9]
    assert int(levels.group.sum()) == 9


@pytest.mark.parametrize("n", [2, 32, 512, 700])
def test_any_number_of_levels_can_be_asked_for(n):
    levels = segment(line(579, falls=True)[None], n)
    assert levels.target[0] == 1.0
    assert levels.target[-1] == 0.0
    assert (levels.achieved[0, 0], levels.achieved[0, -1]) == (1.0, 0.0)
    assert (levels.group >= 0).all()
    assert float((levels.achieved - levels.target).abs().max()) <= 0.5 / 578 + 1e-12


def test_sweeps_of_different_length_are_scaled_each_by_itself():
    short = torch.cat([2 * line(50), torch.full((50,), torch.nan, dtype=torch.float64)])
    levels = segment(torch.stack([line(100), short]), 10)
    assert (levels.achieved[:, -1] == 1.0).all()
    assert levels.index[1, -1] == 49


def test_a_level_is_skipped_if_most_sweeps_meet_the_next_one_instead():
    target = torch.linspace(1.0, 0.0, 5, dtype=torch.float64)
    error = torch.zeros(10, 5, dtype=torch.float64)
    error[:3, 1] = -0.3  # three of ten beyond the next level, which lies lower
    error[:1, 2] = -0.3  # one of ten
    error[:, 3] = 0.3  # all short of the level
    levels = Levels(target, target + error, torch.zeros(10, 5, dtype=torch.long))
    assert levels.skipped().tolist() == [False, True, False, False]
    assert levels.overshoot[0, 1] == pytest.approx(1.2)
    assert levels.skipped(0.99).tolist() == [False, True, True, False]


@pytest.mark.parametrize(("n", "published"), [(512, 1.91e-5), (128, 3.10e-4), (32, 4.95e-3)])
@pytest.mark.parametrize("falls", [True, False])
def test_a_perfect_staircase_has_the_published_nonlinearity_if_counted_from_one(
    n, published, falls
):
    levels = segment(line(n, falls=falls)[None], n)
    assert float(nonlinearity(levels, FromOne())) == pytest.approx(published, rel=0.015)
    assert float(nonlinearity(levels, FromOne())) == pytest.approx(5 / n**2, rel=0.03)
    assert float(nonlinearity(levels, FromZero())) == pytest.approx(0.0, abs=1e-12)
    assert float(nonlinearity_factor(levels, FromOne())) == pytest.approx(0.5 / n, rel=1e-9)
    assert float(nonlinearity_factor(levels, FromZero())) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("nu", [0.02, -0.03, 0.1])
@pytest.mark.parametrize("falls", [True, False])
def test_the_fit_finds_the_coefficient_of_a_curved_sweep(nu, falls):
    n = 64
    i = np.arange(1, n + 1)
    if falls:
        y = (1 - np.exp(nu * (i - n))) / (1 - np.exp(-nu * n))
    else:
        y = (1 - np.exp(nu * i)) / (1 - np.exp(nu * n))
    ends = (1.0, 0.0) if falls else (0.0, 1.0)
    target = torch.linspace(*ends, n, dtype=torch.float64)
    levels = Levels(target, torch.from_numpy(y)[None], torch.arange(n)[None])
    assert float(nonlinearity(levels, FromOne())) == pytest.approx(nu, rel=1e-6)


def test_the_fit_is_that_of_least_squares(generator):
    n = 32
    noise = 0.02 * torch.randn(1, n, dtype=torch.float64, generator=generator)
    target = torch.linspace(1.0, 0.0, n, dtype=torch.float64)
    levels = Levels(target, target + noise, torch.arange(n)[None])

    def published(i, nu):
        return (1 - np.exp(nu * (i - n))) / (1 - np.exp(-nu * n))

    expected = curve_fit(published, np.arange(1, n + 1), levels.achieved[0].numpy(), p0=[0.01])[0]
    assert float(nonlinearity(levels, FromOne())) == pytest.approx(expected[0], rel=1e-4)


def test_levels_of_what_is_no_sweep_are_refused():
    with pytest.raises(ValueError, match="`value` must have shape"):
        segment(line(10), 4)
    with pytest.raises(ValueError, match="`n` must be at least 2"):
        segment(line(10)[None], 1)
