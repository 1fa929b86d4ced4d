"""A stored calibrator is the one that was stored, for the array that it was fitted to."""

from dataclasses import dataclass

import pytest
import torch
from safetensors.torch import save_file

from mho import Calibrator, Cell1T1R, ColumnGain, Crossbar
from mho.calibration import (
    Affine,
    AnalyticGain,
    ColumnStatistics,
    Latent,
    MatrixRidge,
    PhysicsCalibrator,
    Shared,
    WithinBudget,
    load_calibrator,
    save_calibrator,
)
from mho.calibration.files import array_of

ARRAY = Crossbar(row_resistance=5.0, cell=Cell1T1R())
KINDS = [
    Affine(ridge=1e-6),
    AnalyticGain(),
    ColumnStatistics(),
    Shared(calibrator=ColumnGain()),
    WithinBudget(calibrator=MatrixRidge(), multiplications=20),
    Latent(epochs=2, latent=4),
    PhysicsCalibrator(crossbar=ARRAY, readings=10),
]


@pytest.fixture
def reading(generator):
    conductance = 1e-4 * torch.rand(6, 5, dtype=torch.float64, generator=generator)
    voltage = 0.2 * torch.rand(20, 6, dtype=torch.float64, generator=generator)
    return ARRAY.read(conductance, voltage).current, voltage, conductance


@pytest.fixture
def stored(reading, tmp_path):
    path = tmp_path / "stored.safetensors"
    save_calibrator(ColumnStatistics().fit(*reading), path, array=ARRAY)
    return path


@pytest.mark.parametrize("calibrator", KINDS, ids=lambda c: type(c).__name__)
def test_a_stored_calibrator_corrects_as_before(calibrator, reading, tmp_path):
    current, _, conductance = reading
    fitted, path = calibrator.fit(*reading), tmp_path / "it.safetensors"
    save_calibrator(fitted, path, array=ARRAY)
    again = load_calibrator(path, array=ARRAY)
    assert type(again) is type(fitted)
    assert torch.equal(again(current, conductance), fitted(current, conductance))


def test_another_array_is_refused_with_what_differs(stored):
    other = Crossbar(row_resistance=6.0, cell=Cell1T1R(gate_voltage=1.0))
    with pytest.raises(ValueError, match=r"row_resistance=6.0, not row_resistance=5.0; gate_vol"):
        load_calibrator(stored, array=other)
    with pytest.raises(ValueError, match=r"cell=Cell1R, not cell=Cell1T1R. Fit a calibrator"):
        load_calibrator(stored, array=Crossbar(row_resistance=5.0))


def test_the_description_of_an_array_stands_for_it(stored):
    assert array_of(stored) == repr(ARRAY)
    weights = [load_calibrator(stored, array=array).weight for array in (ARRAY, repr(ARRAY))]
    assert torch.equal(*weights)


def test_a_calibrator_of_one_matrix_is_refused_for_another(reading, tmp_path):
    path, conductance = tmp_path / "own.safetensors", reading[2]
    save_calibrator(Affine().fit(*reading), path, array=ARRAY, conductance=conductance)
    load_calibrator(path, array=ARRAY, conductance=conductance)
    with pytest.raises(ValueError, match=r"`conductance` must be the matrix .* but is another"):
        load_calibrator(path, array=ARRAY, conductance=1.01 * conductance)
    with pytest.raises(ValueError, match=r"`conductance` must be the matrix .* but is not given"):
        load_calibrator(path, array=ARRAY)


def test_an_unfitted_calibrator_is_not_stored(tmp_path):
    with pytest.raises(ValueError, match="`calibrator` must be fitted to be saved"):
        save_calibrator(Affine(), tmp_path / "it.safetensors", array=ARRAY)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "it.safetensors"
    path.write_bytes(b"nothing")
    with pytest.raises(ValueError, match="`path` must be the file of a calibrator"):
        load_calibrator(path, array=ARRAY)
    save_file({"weight": torch.zeros(1)}, path)
    with pytest.raises(ValueError, match="holds something else"):
        load_calibrator(path, array=ARRAY)


def test_a_file_makes_nothing_but_what_the_package_defines(reading, tmp_path):
    @dataclass(frozen=True)
    class Foreign(Calibrator):
        fitted: bool = True

        def fit(self, current, voltage, conductance):
            return self

        def _fold(self, conductance):
            raise NotImplementedError

    path = tmp_path / "it.safetensors"
    save_calibrator(Foreign(), path, array=ARRAY)
    with pytest.raises(ValueError, match="`path` must hold what this package defines, but holds"):
        load_calibrator(path, array=ARRAY)
