"""What a wrong circuit leaves is learned over arrays."""

import pytest
import torch

from mho.calibration import ColumnStatistics, CorrectedPhysics, PhysicsCalibrator
from mho.crossbar import AccessTransistor, Cell1R, Cell1T1R, Crossbar, Sinh

UNIT = 10e-6
WIRES = {"row_resistance": 2.5, "column_resistance": 2.5}
TRANSISTOR = AccessTransistor(width=0.8e-6)
GUESS = {"row_resistance": 1.0, "column_resistance": 1.0}
OTHERS = {
    "bending_memristors_taken_for_ohmic": (
        Crossbar(cell=Cell1T1R(access=TRANSISTOR, law=Sinh(scale=0.5, read_voltage=0.2)), **WIRES),
        Crossbar(cell=Cell1T1R(access=TRANSISTOR), **GUESS),
    ),
    "transistors_left_out": (
        Crossbar(cell=Cell1T1R(access=TRANSISTOR), **WIRES),
        Crossbar(cell=Cell1R(), **GUESS),
    ),
    "three_times_the_driver_resistance": (
        Crossbar(driver_resistance=30.0, **WIRES),
        Crossbar(driver_resistance=90.0, **GUESS),
    ),
}


def drawn(generator, arrays, vectors, rows=8, cols=8):
    conductance = torch.rand(arrays, rows, cols, dtype=torch.float64, generator=generator)
    voltage = torch.rand(arrays, vectors, rows, dtype=torch.float64, generator=generator)
    return 16e-6 + 84e-6 * conductance, 0.1 + 0.4 * voltage


def error(current, conductance, voltage):
    return float(((current - voltage @ conductance) / UNIT).square().mean())


@pytest.mark.parametrize(("actual", "guess"), OTHERS.values(), ids=OTHERS)
def test_learning_on_top_removes_most_of_what_a_wrong_circuit_leaves(actual, guess, generator):
    conductance, voltage = drawn(generator, 80, 30)
    current = actual.read(conductance, voltage).current
    physics = PhysicsCalibrator(crossbar=guess, readings=100)
    calibrators = [physics, ColumnStatistics(), CorrectedPhysics(calibrator=physics)]
    unseen, others = drawn(generator, 20, 20)
    measured = actual.read(unseen, others).current
    alone, statistics, corrected = (
        error(each.fit(current, voltage, conductance)(measured, unseen), unseen, others)
        for each in calibrators
    )
    assert corrected < 0.1 * alone
    assert corrected < 0.6 * statistics


def test_a_right_circuit_leaves_nothing_to_learn(generator):
    crossbar = Crossbar(**WIRES)
    conductance, voltage = drawn(generator, 20, 20)
    current = crossbar.read(conductance, voltage).current
    physics = PhysicsCalibrator(crossbar=Crossbar(**GUESS), readings=50)
    corrected = CorrectedPhysics(calibrator=physics).fit(current, voltage, conductance)
    assert error(corrected(current, conductance), conductance, voltage) < 1e-12


def test_what_was_learned_serves_other_sizes(generator):
    actual, guess = OTHERS["transistors_left_out"]
    conductance, voltage = drawn(generator, 80, 30)
    current = actual.read(conductance, voltage).current
    physics = PhysicsCalibrator(crossbar=guess, readings=100)
    fitted = CorrectedPhysics(calibrator=physics).fit(current, voltage, conductance)
    unseen, others = drawn(generator, 5, 20, rows=6, cols=12)
    measured = actual.read(unseen, others).current
    repair = fitted.fold(unseen)
    assert repair.multiplications == 4 * 72 + 2 * 6
    alone = fitted.calibrator(measured, unseen)
    assert error(repair(measured), unseen, others) < 0.7 * error(alone, unseen, others)
