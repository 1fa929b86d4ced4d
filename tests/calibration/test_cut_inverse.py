"""A known array's repair is cut by what its currents are, noise included."""

import pytest
import torch

from mho import Crossbar
from mho.calibration import AffineInverse, CutInverse, PhysicsCalibrator, WithinBudget

ARRAY = Crossbar(row_resistance=20.0, column_resistance=20.0)


@pytest.fixture
def reading(generator):
    conductance = 1e-4 * torch.rand(10, 6, 6, dtype=torch.float64, generator=generator)
    voltage = torch.rand(10, 40, 6, dtype=torch.float64, generator=generator)
    return ARRAY.read(conductance, voltage).current, voltage, conductance


def error(corrected, voltage, conductance):
    return (corrected - voltage @ conductance).square().mean().item()


@pytest.mark.parametrize(("multiplications", "cost"), [(6, 6), (18, 18), (40, 36)])
def test_a_budget_is_kept(reading, multiplications, cost):
    physics = PhysicsCalibrator(crossbar=ARRAY, inverse=CutInverse(multiplications=multiplications))
    assert physics.fit(*reading).fold(reading[2]).multiplications == cost


def test_more_multiplications_are_never_worse(reading):
    current, voltage, conductance = reading
    errors = []
    for inverse in (*(CutInverse(multiplications=n) for n in (6, 18, 30)), AffineInverse()):
        fitted = PhysicsCalibrator(crossbar=ARRAY, inverse=inverse).fit(*reading)
        errors.append(error(fitted(current, conductance), voltage, conductance))
    assert errors == sorted(errors, reverse=True)


def test_a_singular_matrix_is_cut_where_the_weight_alone_does_not_tell_the_array(reading):
    _, voltage, conductance = reading
    mirrored = (conductance + conductance.flip(-2)) / 2
    current = ARRAY.read(mirrored, voltage).current
    known = PhysicsCalibrator(crossbar=ARRAY, inverse=CutInverse(multiplications=18))
    repaired = known.fit(*reading)(current, mirrored)
    assert error(repaired, voltage, mirrored) < error(current, voltage, mirrored) / 100
    blind = WithinBudget(calibrator=PhysicsCalibrator(crossbar=ARRAY), multiplications=18)
    assert torch.isfinite(blind.fit(*reading)(current, mirrored)).all()
