"""Histories as piecewise functions: values, slopes, smoothing, and the way back from beyond."""

import math

import pytest
import torch

from mho.programming.predictor import Histories


@pytest.fixture
def histories():
    samples = torch.tensor([1.0, 2.0, 4.0, 8.0, 5.0, 3.0, 3.0], dtype=torch.float64)
    return Histories(samples, torch.tensor([0, 4]), torch.tensor([4, 3]), step=0.5)


def at(histories, *times, **settings):
    return histories.at(torch.tensor(times, dtype=torch.float64), **settings).tolist()


def test_samples_are_met_exactly_and_joined_by_straight_lines(histories):
    assert at(histories, 1.0, 0.5) == [4.0, 3.0]
    assert at(histories, 0.75, 0.25) == [3.0, 4.0]


def test_beyond_a_record_its_nearest_end_counts(histories):
    assert at(histories, 99.0, -1.0) == [8.0, 5.0]


@pytest.mark.parametrize("secant", [0.0, 0.3])
def test_an_infinite_time_is_beyond_the_record(histories, secant):
    assert at(histories, math.inf, math.inf, secant=secant) == [8.0, 3.0]


def test_records_are_chosen_by_their_index(histories):
    assert at(histories, 0.0, 0.0, 0.5, index=torch.tensor([1, 0, 1])) == [5.0, 1.0, 3.0]


def test_a_moving_average_is_shorter_at_the_ends_of_a_record(histories):
    assert at(histories, 0.5, 0.0, window=3) == [7.0 / 3.0, 4.0]
    assert at(histories, 0.0, 1.0, window=5) == pytest.approx([7.0 / 3.0, 11.0 / 3.0])


def test_a_window_wider_than_the_record_gives_its_mean(histories):
    assert at(histories, 0.7, 0.3, window=1001) == pytest.approx([15.0 / 4.0, 11.0 / 3.0])


@pytest.mark.parametrize("window", [1, 3, 5])
def test_the_slope_is_the_derivative_between_samples(histories, window):
    time = torch.tensor([0.6, 0.2], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t: histories.at(t, window=window), time)


def test_the_slope_of_a_secant_reaches_over_a_part_of_the_time(histories):
    time = torch.tensor([1.0, 0.8], dtype=torch.float64, requires_grad=True)
    histories.at(time, secant=0.5).sum().backward()
    over = torch.tensor([[0.5, 1.5], [0.3, 1.0]], dtype=torch.float64)  # the second record ends
    low, high = (histories.at(over[:, k]) for k in (0, 1))
    torch.testing.assert_close(time.grad, (high - low) / (over[:, 1] - over[:, 0]))


def test_beyond_a_record_the_gradient_leads_back(histories):
    time = torch.tensor([7.0, -2.0], dtype=torch.float64, requires_grad=True)
    outward = torch.tensor([3.0, -4.0], dtype=torch.float64)
    histories.at(time, outward=outward).sum().backward()
    assert time.grad.tolist() == [3.0, -4.0]


def test_an_even_window_is_refused(histories):
    with pytest.raises(ValueError, match="`window` must be odd, but is 4"):
        at(histories, 0.0, 0.0, window=4)
