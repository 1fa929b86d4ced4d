"""`mho calibrate` fits, corrects and judges, and refuses what it was not fitted to."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner

import mho
from mho.calibration import Readings, load_calibrator
from mho.cli import app
from mho.studies.readout_error import ReadoutError, load_part
from mho.studies.runs import RunFolder, complete

STUDY = ReadoutError(
    arrays={
        "long": mho.Crossbar(row_resistance=20.0),
        "longer": mho.Crossbar(row_resistance=30.0),
    },
    noises={"amplifier": (mho.WhiteNoise(sigma=1e-7),)},
    matrices=40,
    vectors=10,
    validation_matrices=10,
    validation_vectors=2,
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "run"
    with RunFolder.at(path, STUDY) as folder:
        complete(STUDY, folder)
    return RunFolder(path)


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def call(*arguments):
    result = CliRunner().invoke(app, ["calibrate", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def refusal(*arguments):
    result = call(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    return result.stderr


def train(run, *more):
    chosen = ("--calibrator", "column_statistics", "--array", "long")
    return call("train", run.path, *chosen, *more, "-o", "it.safetensors")


def test_train_keeps_a_calibrator_that_report_judges_alike(run):
    trained = train(run)
    *table, last = trained.stdout.splitlines()
    assert last == "Calibrator: it.safetensors"
    assert call("report", "it.safetensors", run.path).stdout.splitlines() == table
    gains = {line.split()[0]: float(line.split()[-1]) for line in table[1:-1]}
    assert gains["validation_matrices"] > 5
    assert table[-1] == "8 multiplications for each vector, beside 64 of the product"


def test_physics_starts_from_a_guess_and_finds_the_array(run):
    chosen = ("--calibrator", "physics", "--array", "long", "--set", "readings=30")
    call("train", run.path, *chosen, "-o", "it.safetensors")
    stored = load_calibrator("it.safetensors", array=STUDY.arrays["long"])
    assert stored.crossbar.row_resistance == 40.0
    assert abs(stored.identified.array.row_resistance - 20.0) < 1e-3


def test_report_takes_the_noise_that_it_is_told(run):
    train(run)
    quiet, noisy = (
        call("report", "it.safetensors", run.path, *noise).stdout
        for noise in ((), ("--noise", "amplifier"))
    )
    assert quiet != noisy


def test_settings_of_a_calibrator_are_replaced(run):
    train(run, "--set", "ridge=0.5")
    assert load_calibrator("it.safetensors", array=STUDY.arrays["long"]).ridge == 0.5


@pytest.mark.parametrize("name", ["measured.npz", "measured.safetensors"])
def test_apply_corrects_currents_from_a_file(run, name, tmp_path):
    train(run)
    part = load_part(run, "validation_matrices", array="long")
    array = repr(STUDY.arrays["long"])
    measured = Readings(current=part.current, conductance=part.conductance, array=array)
    measured.save(tmp_path / name)
    said = call("apply", "it.safetensors", name, "-o", "corrected.npz").stdout
    assert "100 vectors, 8 multiplications each\n" in said
    corrected = Readings.load(tmp_path / "corrected.npz")
    assert replace(part, current=corrected.current).squared_error < part.squared_error / 5
    assert corrected.array == array


def test_apply_refuses_currents_of_another_array(run, tmp_path):
    train(run)
    part = load_part(run, "dc", array="longer")
    array = repr(STUDY.arrays["longer"])
    Readings(current=part.current, conductance=part.conductance, array=array).save(
        tmp_path / "measured.npz"
    )
    said = refusal("apply", "it.safetensors", "measured.npz", "-o", "corrected.npz")
    assert "row_resistance=30.0, not row_resistance=20.0" in said
    assert not (tmp_path / "corrected.npz").exists()


def test_report_refuses_a_run_of_other_arrays(run, tmp_path):
    train(run)
    other = replace(STUDY, arrays={"short": mho.Crossbar(row_resistance=1.0)}, noises={})
    with RunFolder.at(tmp_path / "other", other) as folder:
        complete(other, folder)
    said = refusal("report", "it.safetensors", "other")
    assert "short has row_resistance=1.0, not row_resistance=20.0" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--calibrator", "magic", "--array", "long"), "`calibrator` must be one of gain, "),
        (("--calibrator", "gain", "--array", "wide"), "`array` must be one of long, longer"),
        (
            ("--calibrator", "affine", "--array", "long", "--set", "calibrator.rigde=1.0"),
            "Did you mean `ridge`?",
        ),
    ],
)
def test_what_is_unknown_is_refused_with_what_is_known(run, arguments, message):
    assert message in refusal("train", run.path, *arguments, "-o", "it.safetensors")
