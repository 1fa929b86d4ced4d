"""Arrays identified from readings and inverted, against arrays whose parameters are known."""

import math
from dataclasses import replace

import pytest
import torch

from mho.calibration import (
    AffineInverse,
    CurvedInverse,
    OhmicInverse,
    PhysicsCalibrator,
    noise_floor,
)
from mho.calibration.physics import Curve, Known, VoltagePrior
from mho.crossbar import AccessTransistor, Cell1R, Cell1T1R, Crossbar, Ohmic, Sinh
from mho.nn import DifferentialPair, Tile, convert

UNIT = 10e-6


def array(*, row=2.5, column=2.0, width=0.8e-6, law=None, driver=0.0):
    cell = Cell1T1R(access=AccessTransistor(width=width), law=law or Ohmic())
    return Crossbar(
        row_resistance=row, column_resistance=column, driver_resistance=driver, cell=cell
    )


def drawn(generator, arrays=20, vectors=30, rows=8, cols=8):
    conductance = torch.rand(arrays, rows, cols, dtype=torch.float64, generator=generator)
    voltage = torch.rand(arrays, vectors, rows, dtype=torch.float64, generator=generator)
    return 16e-6 + 84e-6 * conductance, 0.1 + 0.4 * voltage


def error(current, conductance, voltage):
    return float(((current - voltage @ conductance) / UNIT).square().mean())


def noisy(current, sigma, generator):
    normal = torch.randn(current.shape, dtype=current.dtype, generator=generator)
    return current + sigma * normal


OHMIC = ("row_resistance", "column_resistance", "cell.access.width")
BENT = (*OHMIC, "cell.law.scale")


def test_parameters_of_an_array_are_found_from_a_wrong_guess(generator):
    law = Sinh(scale=0.5, read_voltage=0.2)
    conductance, voltage = drawn(generator)
    current = array(law=law).read(conductance, voltage).current
    guess = array(row=0.5, column=8.0, width=2e-6, law=Sinh(scale=0.9, read_voltage=0.2))
    fitted = PhysicsCalibrator(crossbar=guess, parameters=BENT, readings=200)
    found = fitted.fit(current, voltage, conductance).identified
    for name in BENT:
        truth = array(law=law).parameters[name]
        assert found.array.parameters[name] == pytest.approx(truth, rel=1e-5)
    assert found.noise < 1e-12


def test_noise_is_found_and_parameters_lie_within_their_uncertainty(generator):
    conductance, voltage = drawn(generator)
    current = noisy(array().read(conductance, voltage).current, 2e-7, generator)
    guess = array(row=1.0, column=1.0, width=1.5e-6)
    found = (
        PhysicsCalibrator(crossbar=guess, parameters=OHMIC)
        .fit(current, voltage, conductance)
        .identified
    )
    assert found.noise == pytest.approx(2e-7, rel=0.05)
    for name in OHMIC:
        off = math.log(found.array.parameters[name] / array().parameters[name])
        assert abs(off) < 4 * found.uncertainty[name]


def test_what_readings_cannot_tell_apart_stays_near_the_guess(generator):
    conductance, voltage = drawn(generator, rows=3, cols=1)
    current = noisy(array(driver=40.0).read(conductance, voltage).current, 1e-9, generator)
    # In one column, driver and first segment of a row are in series: only their sum shows.
    guess = array(row=4.0, driver=30.0)
    names = ("row_resistance", "driver_resistance")
    found = (
        PhysicsCalibrator(crossbar=guess, parameters=names)
        .fit(current, voltage, conductance)
        .identified
    )
    parameters = found.array.parameters
    assert sum(parameters[name] for name in names) == pytest.approx(42.5, rel=1e-3)
    assert parameters["row_resistance"] == pytest.approx(4.0, rel=0.5)
    assert found.uncertainty["row_resistance"] > 5 * found.uncertainty["driver_resistance"]


def test_an_ohmic_array_is_inverted_by_as_many_multiplications_as_columns_squared(generator):
    conductance, voltage = drawn(generator)
    current = array().read(conductance, voltage).current
    guess = array(row=1.0, column=1.0)
    calibrator = PhysicsCalibrator(crossbar=guess, parameters=OHMIC).fit(
        current, voltage, conductance
    )
    unseen, others = drawn(generator)
    measured = array().read(unseen, others).current
    assert calibrator.fold(unseen).multiplications == 64
    raw, corrected = (error(x, unseen, others) for x in (measured, calibrator(measured, unseen)))
    assert corrected < 1e-4 * raw


@pytest.mark.parametrize(("corrections", "share"), [(0, 2e-3), (1, 1e-3)])
def test_cells_that_bend_are_inverted_through_their_curve(corrections, share, generator):
    crossbar = array(law=Sinh(scale=0.5, read_voltage=0.2))
    conductance, voltage = drawn(generator)
    current = crossbar.read(conductance, voltage).current
    guess = array(row=1.0, column=1.0, law=Sinh(scale=0.8, read_voltage=0.2))
    inverse = CurvedInverse(corrections=corrections)
    calibrator = PhysicsCalibrator(crossbar=guess, parameters=BENT, inverse=inverse).fit(
        current, voltage, conductance
    )
    unseen, others = drawn(generator)
    measured = crossbar.read(unseen, others).current
    raw, corrected = (error(x, unseen, others) for x in (measured, calibrator(measured, unseen)))
    assert corrected < share * raw


def known(crossbar, voltage, noise=0.0):
    return Known(crossbar, noise, VoltagePrior.of(voltage))


def test_a_correction_leaves_less_than_none(generator):
    crossbar = array(law=Sinh(scale=0.5, read_voltage=0.2))
    conductance, voltage = drawn(generator)
    current = crossbar.read(conductance, voltage).current
    left = [
        error(
            CurvedInverse(corrections=n).repair(known(crossbar, voltage), conductance)(current),
            conductance,
            voltage,
        )
        for n in (0, 1, 4)
    ]
    assert left[1] < 0.5 * left[0]
    assert left[2] < left[1]


def test_the_affine_inverse_of_wires_alone_is_that_of_the_matrix_they_make(generator):
    conductance, voltage = drawn(generator, arrays=2)
    crossbar = Crossbar(row_resistance=5.0, column_resistance=5.0)
    repair = AffineInverse().repair(known(crossbar, voltage), conductance)
    expected = torch.linalg.solve(crossbar.effective_conductance(conductance), conductance)
    torch.testing.assert_close(repair.weight, expected, rtol=1e-4, atol=1e-4)
    assert float(repair.offset.abs().max()) < 1e-10


@pytest.mark.parametrize(("rows", "cols"), [(5, 13), (13, 5), (32, 8)])
def test_arrays_of_other_sizes_need_no_other_fit(rows, cols, generator):
    conductance, voltage = drawn(generator)
    current = array().read(conductance, voltage).current
    calibrator = PhysicsCalibrator(crossbar=array(row=1.0), parameters=OHMIC).fit(
        current, voltage, conductance
    )
    unseen, others = drawn(generator, arrays=2, rows=rows, cols=cols)
    measured = array().read(unseen, others).current
    corrected = error(calibrator(measured, unseen), unseen, others)
    assert corrected < 1e-3 * error(measured, unseen, others)


def test_with_noise_no_more_is_left_than_the_floor(generator):
    conductance, voltage = drawn(generator, vectors=200)
    measured = noisy(array().read(conductance, voltage).current, 1e-6, generator)
    knowledge = known(array(), voltage, noise=1e-6)
    repair = AffineInverse().repair(knowledge, conductance)
    floor = noise_floor(knowledge, conductance, voltage[:, :10]) / UNIT**2
    left = error(repair(measured), conductance, voltage)
    assert left == pytest.approx(floor, rel=0.05)


def test_the_floor_of_one_cell_is_that_of_one_number(generator):
    voltage = torch.rand(5000, 1, dtype=torch.float64, generator=generator)
    g, noise = 1e-4, 1e-5
    conductance = torch.full((1, 1), g, dtype=torch.float64)
    floor = noise_floor(known(Crossbar.ideal(), voltage, noise), conductance, voltage[:10])
    variance = g**2 / 12
    assert floor == pytest.approx(variance * noise**2 / (variance + noise**2), rel=0.05)


def test_a_lone_cell_of_a_perfect_array_keeps_its_curve(generator):
    law = Sinh(scale=0.3, read_voltage=0.2)
    crossbar = Crossbar(row_resistance=0.0, column_resistance=0.0, cell=Cell1R(law=law))
    conductance, voltage = drawn(generator, arrays=3)
    current = crossbar.read(conductance, voltage).current
    repair = CurvedInverse(corrections=0).repair(known(crossbar, voltage), conductance)
    assert error(repair(current), conductance, voltage) < 1e-9


def test_a_curve_and_its_inverse_undo_each_other_beyond_the_table_too():
    x = torch.linspace(-1, 1, 11, dtype=torch.float64)
    curve = Curve(x, x**3 + x)
    at = torch.linspace(-3, 3, 50, dtype=torch.float64)
    torch.testing.assert_close(curve.inverse(curve(at)), at)
    torch.testing.assert_close(curve(x), x**3 + x)


def test_parameters_that_the_guess_does_not_have_above_zero_are_refused():
    with pytest.raises(ValueError, match=r"above zero.*driver_resistance is 0\. Guess its size"):
        PhysicsCalibrator(crossbar=Crossbar(), parameters=("driver_resistance",))
    with pytest.raises(ValueError, match=r"above zero.*has 'cell.law.scale'"):
        PhysicsCalibrator(crossbar=Crossbar(), parameters=("cell.law.scale",))


def test_tiles_of_a_layer_are_calibrated_in_one_batch(generator):
    crossbar = Crossbar(row_resistance=20.0, column_resistance=20.0)
    conductance, voltage = drawn(generator)
    guess = Crossbar(row_resistance=5.0, column_resistance=5.0)
    calibrator = PhysicsCalibrator(crossbar=guess).fit(
        crossbar.read(conductance, voltage).current, voltage, conductance
    )
    torch.manual_seed(0)
    model = torch.nn.Linear(20, 10).double()
    inputs = torch.rand(200, 20, dtype=torch.float64, generator=generator)
    mapping = DifferentialPair(g_min=16e-6, g_max=100e-6)
    errors = []
    for each in (None, calibrator):
        tile = Tile(mapping=mapping, rows=8, cols=8, crossbar=crossbar, calibrator=each)
        layer = convert(model, tile, inputs)
        assert layer.target.shape[:2] == (3, 3)
        errors.append((layer(inputs) - model(inputs)).square().mean().item())
    assert errors[1] < 1e-3 * errors[0]
    alone = torch.stack(
        [torch.stack([calibrator.fold(t).weight for t in row]) for row in layer.target]
    )
    torch.testing.assert_close(layer.repair.weight, alone)


def test_ohmic_arrays_are_inverted_without_simulated_vectors(generator):
    conductance, voltage = drawn(generator, arrays=3, vectors=200)
    wires = Crossbar(row_resistance=20.0, column_resistance=10.0)
    current = noisy(wires.read(conductance, voltage).current, 1e-7, generator)
    calibrator = PhysicsCalibrator(crossbar=wires, readings=100)
    both = [
        replace(calibrator, inverse=inverse)
        .fit(current, voltage, conductance)
        .fold(conductance)(current)
        for inverse in (AffineInverse(oversampling=40), OhmicInverse())
    ]
    assert torch.allclose(*both, rtol=1e-6)
    assert error(both[1], conductance, voltage) < 0.1 * error(current, conductance, voltage)


def test_wires_that_a_small_array_told_are_not_identified_again(generator, monkeypatch):
    small, vectors = drawn(generator, arrays=1, vectors=10, rows=6, cols=6)
    wires = Crossbar(row_resistance=20.0, column_resistance=10.0)
    guess = Crossbar(row_resistance=5.0, column_resistance=5.0)
    calibrator = PhysicsCalibrator(crossbar=guess, inverse=OhmicInverse())
    known = calibrator.fit(wires.read(small, vectors).current, vectors, small).identified
    monkeypatch.setattr("mho.calibration.physics.calibrator.identify", None)
    large, voltage = drawn(generator, arrays=1, vectors=80, rows=40, cols=24)
    current = noisy(wires.read(large, voltage).current, 3e-8, generator)
    told = replace(calibrator, identified=known)
    assert not told.fitted
    fitted = told.fit(current, voltage, large)
    assert fitted.identified.noise == pytest.approx(3e-8, rel=0.1)
    assert fitted.identified.array == known.array
    repaired = fitted.fold(large)(current)
    assert error(repaired, large, voltage) < 1e-3 * error(current, large, voltage)
