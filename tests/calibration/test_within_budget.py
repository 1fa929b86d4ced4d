"""A budget is kept, and what it buys is the nearest."""

import pytest
import torch

from mho import ColumnGain, Crossbar
from mho.calibration import Affine, Diagonal, Full, LowRank, WithinBudget


@pytest.fixture
def reading(generator):
    """Current, voltage and conductance of one array with long wires."""
    conductance = 1e-4 * torch.rand(8, 6, dtype=torch.float64, generator=generator)
    voltage = torch.rand(40, 8, dtype=torch.float64, generator=generator)
    crossbar = Crossbar(row_resistance=50.0, column_resistance=50.0)
    return crossbar.read(conductance, voltage).current, voltage, conductance


def repair(reading, multiplications):
    fitted = WithinBudget(calibrator=Affine(), multiplications=multiplications).fit(*reading)
    return fitted.fold(reading[2])


@pytest.mark.parametrize(
    ("budget", "kind", "cost"),
    [(6, Diagonal, 6), (17, Diagonal, 6), (18, LowRank, 18), (35, LowRank, 30), (36, Full, 36)],
)
def test_the_repair_is_the_richest_that_the_budget_buys(reading, budget, kind, cost):
    found = repair(reading, budget)
    assert type(found) is kind
    assert found.multiplications == cost


def test_more_multiplications_are_never_worse(reading):
    current, voltage, conductance = reading
    ideal = voltage @ conductance
    errors = [(repair(reading, n)(current) - ideal).square().sum() for n in (6, 18, 30, 36)]
    assert errors == sorted(errors, reverse=True)


def test_a_low_rank_repair_is_its_matrix(reading):
    current = reading[0]
    found = repair(reading, 18)
    matrix = torch.diag_embed(found.gain[..., 0, :]) + found.left @ found.right
    whole = Full(matrix, found.offset)
    torch.testing.assert_close(found(current), whole(current))


def test_no_other_gains_or_sums_are_nearer(reading, generator):
    _, voltage, conductance = reading
    whole, cut = Affine().fit(*reading).fold(conductance), repair(reading, 18)
    array = conductance @ whole.weight.inverse()
    covariance = array.mT @ array * voltage.var(correction=0)

    def distance(gain, left, right):
        missed = whole.weight - torch.diag_embed(gain[..., 0, :]) - left @ right
        return torch.trace(missed.mT @ covariance @ missed)

    best = distance(cut.gain, cut.left, cut.right)
    for _ in range(50):
        moved = [
            x + 1e-3 * torch.randn(x.shape, dtype=x.dtype, generator=generator)
            for x in (cut.gain, cut.left, cut.right)
        ]
        assert distance(*moved) > best


def test_the_mean_current_is_kept(reading):
    _, voltage, conductance = reading
    whole, cut = Affine().fit(*reading).fold(conductance), repair(reading, 6)
    mean = voltage.mean() * (conductance @ whole.weight.inverse()).sum(-2, keepdim=True)
    torch.testing.assert_close(cut(mean), whole(mean))


def test_what_is_cheap_enough_is_left_as_it_is(reading):
    inner = ColumnGain()
    fitted = WithinBudget(calibrator=inner, multiplications=6).fit(*reading)
    torch.testing.assert_close(
        fitted(reading[0], reading[2]), inner.fit(*reading)(reading[0], reading[2])
    )


def test_a_budget_below_one_multiplication_a_column_is_refused(reading):
    with pytest.raises(ValueError, match="`multiplications` must be at least the number of col"):
        repair(reading, 5)


def test_a_nearly_singular_matrix_is_cut_as_well_as_others(generator):
    conductance = 1e-4 * torch.rand(6, 6, dtype=torch.float64, generator=generator)
    conductance[:, 0] = conductance[:, 1] * (1 + 1e-3 * conductance[:, 2] / 1e-4)
    voltage = torch.rand(40, 6, dtype=torch.float64, generator=generator)
    crossbar = Crossbar(row_resistance=5.0, column_resistance=5.0)
    reading = crossbar.read(conductance, voltage).current, voltage, conductance
    errors = [
        (corrected - voltage @ conductance).square().mean()
        for corrected in (repair(reading, 6)(reading[0]), ColumnGain().fit(*reading)(*reading[::2]))
    ]
    assert errors[0] < errors[1]
