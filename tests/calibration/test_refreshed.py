"""Conductances that have changed are found again from a few vectors."""

import itertools

import pytest
import torch

from mho.calibration import CurvedInverse, PhysicsCalibrator
from mho.calibration.physics import Change, Curve, Held, Refreshed, refresh_vectors
from mho.crossbar import AccessTransistor, Cell1T1R, Crossbar, Sinh

UNIT = 10e-6
CELL = Cell1T1R(access=AccessTransistor(width=0.8e-6), law=Sinh(scale=0.8, read_voltage=0.2))
ARRAY = Crossbar(row_resistance=2.5, column_resistance=2.5, cell=CELL)
DRIFT = Curve(
    torch.tensor([0.0, 1e-4], dtype=torch.float64), torch.tensor([0.0, 0.7e-4], dtype=torch.float64)
)
SPREAD = Curve(DRIFT.x, torch.full((2,), 5e-6, dtype=torch.float64))


def drawn(generator, *batch, rows=8, cols=8):
    conductance = torch.rand(*batch, rows, cols, dtype=torch.float64, generator=generator)
    return 16e-6 + 84e-6 * conductance


def vectors(generator, *batch, count=30, rows=8):
    voltage = torch.rand(*batch, count, rows, dtype=torch.float64, generator=generator)
    return 0.1 + 0.4 * voltage


@pytest.fixture
def calibrator(generator):
    conductance, voltage = drawn(generator, 10), vectors(generator, 10)
    parameters = ("row_resistance", "column_resistance", "cell.access.width", "cell.law.scale")
    physics = PhysicsCalibrator(
        crossbar=ARRAY, parameters=parameters, inverse=CurvedInverse(), readings=50
    )
    return physics.fit(ARRAY.read(conductance, voltage).current, voltage, conductance)


def error(calibrator, actual, programmed, generator):
    voltage = vectors(generator, *actual.shape[:-2])
    current = ARRAY.read(actual, voltage).current
    off = calibrator(current, programmed) - voltage @ programmed
    return float((off / UNIT).square().mean())


def test_as_many_vectors_as_rows_and_more_tell_every_cell(calibrator, generator):
    programmed = drawn(generator, 3)
    normal = torch.randn(3, 8, 8, dtype=torch.float64, generator=generator)
    actual = (DRIFT(programmed) + 5e-6 * normal).clamp_min(1e-6)
    voltage = refresh_vectors(8, 16, low=0.0, high=0.5).expand(3, -1, -1)
    current = ARRAY.read(actual, voltage).current
    refreshed = Refreshed(calibrator=calibrator, change=Change(DRIFT, SPREAD), steps=3)
    held = refreshed.fit(current, voltage, programmed).held
    torch.testing.assert_close(held.conductance, actual, rtol=1e-5, atol=1e-10)


def test_each_vector_leaves_less_error(calibrator, generator):
    programmed = drawn(generator, 4)
    normal = torch.randn(4, 8, 8, dtype=torch.float64, generator=generator)
    actual = (DRIFT(programmed) + 5e-6 * normal).clamp_min(1e-6)
    aware = Refreshed(calibrator=calibrator, change=Change(DRIFT, SPREAD))
    errors = [error(each, actual, programmed, generator) for each in (calibrator, aware)]
    for count in (1, 4, 16):
        voltage = refresh_vectors(8, count, low=0.0, high=0.5).expand(4, -1, -1)
        current = ARRAY.read(actual, voltage).current
        refreshed = aware.fit(current, voltage, programmed)
        errors.append(error(refreshed, actual, programmed, generator))
    assert all(after < 0.7 * before for before, after in itertools.pairwise(errors))
    assert errors[-1] < 1e-5 * errors[0]


def test_a_batch_is_refreshed_as_each_array_alone(calibrator, generator):
    programmed = drawn(generator, 2, 3)
    actual = DRIFT(programmed)
    voltage = refresh_vectors(8, 4, low=0.0, high=0.5)
    current = ARRAY.read(actual, voltage.expand(2, 3, -1, -1)).current
    aware = Refreshed(calibrator=calibrator, change=Change(DRIFT, SPREAD))
    together = aware.fit(current, voltage, programmed).held.conductance
    assert together.shape == programmed.shape
    alone = aware.fit(current[1, 2], voltage, programmed[1, 2]).held.conductance
    torch.testing.assert_close(together[1, 2], alone)


def test_cells_that_have_not_changed_are_corrected_as_before(calibrator, generator):
    programmed, voltage = drawn(generator, 2), vectors(generator, 2)
    current = ARRAY.read(programmed, voltage).current
    unchanged = Refreshed(calibrator=calibrator, change=Change(Curve(DRIFT.x, DRIFT.x), none()))
    torch.testing.assert_close(unchanged(current, programmed), calibrator(current, programmed))


def none():
    return Curve(DRIFT.x, torch.zeros(2, dtype=torch.float64))


def test_what_is_not_known_of_cells_makes_the_repair_careful(calibrator, generator):
    programmed = drawn(generator, 1)
    certain = Held(programmed, torch.zeros(1, 8, 8, 8, dtype=torch.float64))
    doubtful = Held(programmed, torch.diag_embed(torch.full((1, 8, 8), 1e-10).double()))
    gains = [
        calibrator.inverse.repair(calibrator.known, programmed, held).gain.norm()
        for held in (certain, doubtful)
    ]
    assert gains[1] < 0.5 * gains[0]


def test_vectors_to_refresh_from_are_of_two_voltages_and_balanced():
    voltage = refresh_vectors(8, 16, low=0.1, high=0.5)
    assert voltage.shape == (16, 8)
    assert set(voltage.flatten().tolist()) == {0.1, 0.5}
    assert (voltage[0] == 0.5).all()
    signs = (voltage - 0.3) / 0.2
    torch.testing.assert_close(signs.T @ signs, 16 * torch.eye(8, dtype=torch.float64))


def test_a_calibrator_that_is_not_fitted_cannot_be_refreshed(generator):
    unfitted = Refreshed(
        calibrator=PhysicsCalibrator(crossbar=ARRAY), change=Change.none(deviation=1e-6)
    )
    programmed, voltage = drawn(generator), vectors(generator)
    current = voltage @ programmed
    assert torch.equal(unfitted(current, programmed), current)
    with pytest.raises(ValueError, match="`calibrator` must be fitted"):
        unfitted.fit(current, voltage, programmed)
