"""The data set holds what its settings say, whole and apart, and its errors are the circuit's."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.signal import firwin

from mho.crossbar import Cell1R, Cell1T1R, Crossbar, Sinh, WhiteNoise
from mho.studies.readout_error import (
    NOISE_FREE,
    PAPER,
    PARTS,
    FilterTest,
    Part,
    ReadoutError,
    load_part,
)
from mho.studies.readout_error.causes import causes
from mho.studies.readout_error.referee import spice_difference
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, loads

SMALL = ReadoutError(matrices=120, vectors=6, validation_matrices=30, validation_vectors=2, seed=3)


def run(study, path):
    with RunFolder.at(path, study) as folder:
        complete(study, folder)
    return RunFolder(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return run(SMALL, tmp_path_factory.mktemp("data") / "run")


def test_a_hundred_thousand_readings_are_the_default():
    study = ReadoutError()
    assert (study.matrices, study.vectors, study.rows, study.cols) == (1000, 100, 8, 8)
    assert (study.g_min, study.g_max, study.v_min, study.v_max) == (16.66e-6, 100e-6, 0.1, 0.5)


def test_raw_errors_are_near_the_papers_in_every_part(folder):
    errors = folder.metrics["raw"]["ohmic"][NOISE_FREE]
    assert list(errors) == list(PARTS)
    for part, error in errors.items():
        assert error == pytest.approx(PAPER[part], rel=0.25), part


def test_training_and_validation_are_all_readings_and_share_none(folder):
    train, vectors, matrices = (load_part(folder, part, array="ohmic") for part in PARTS[:3])
    assert train.voltage.shape == (90, 4, 8)
    assert vectors.voltage.shape == (90, 2, 8)
    assert matrices.voltage.shape == (30, 6, 8)
    assert torch.equal(train.conductance, vectors.conductance)
    parts = (train, vectors, matrices)
    seen = torch.cat([part.voltage.flatten(0, 1) for part in parts])
    assert len(seen.unique(dim=0)) == len(seen) == 120 * 6
    conductances = torch.cat([train.conductance, matrices.conductance]).flatten(1)
    assert len(conductances.unique(dim=0)) == 120


def test_random_values_fill_their_ranges_evenly(folder):
    part = load_part(folder, "train", array="ohmic")
    for values, low, high in ((part.conductance, 16.66e-6, 100e-6), (part.voltage, 0.1, 0.5)):
        share = (values - low) / (high - low)
        assert 0 < share.min() < 0.01
        assert 0.99 < share.max() < 1
        assert share.mean().item() == pytest.approx(0.5, abs=0.03)
        assert share.var().item() == pytest.approx(1 / 12, rel=0.1)


@pytest.mark.parametrize("part", PARTS)
def test_all_arrays_read_the_same_matrices_with_the_same_vectors(folder, part):
    for name, array in SMALL.arrays.items():
        stored = load_part(folder, part, array=name)
        assert torch.equal(stored.voltage, load_part(folder, part, array="ohmic").voltage)
        expected = array.read(stored.conductance, stored.voltage).current
        torch.testing.assert_close(stored.current, expected, rtol=1e-9, atol=0)
        assert torch.equal(stored.ideal_current, stored.voltage @ stored.conductance)


def test_a_matrix_is_the_same_however_many_there_are(folder, tmp_path):
    fewer = run(replace(SMALL, matrices=40, validation_matrices=10), tmp_path / "run")
    some, all_ = (load_part(f, "train", array="ohmic") for f in (fewer, folder))
    assert torch.equal(some.conductance, all_.conductance[:30])
    assert torch.equal(some.current, all_.current[:30])


def test_noise_adds_its_variance_to_the_squared_error(folder):
    for part in PARTS:
        quiet, noisy = (
            load_part(folder, part, array="ohmic", noise=noise)
            for noise in (NOISE_FREE, "noise_40db")
        )
        added = noisy.current - quiet.current
        assert added.std().item() == pytest.approx(1.43e-6, rel=0.1)
        assert abs(added.mean().item()) < 0.2e-6
    raw = folder.metrics["raw"]["ohmic"]
    assert raw["noise_40db"]["train"] - raw[NOISE_FREE]["train"] == pytest.approx(0.0204, rel=0.2)


def test_noises_are_as_far_below_the_currents_as_their_names_say(folder):
    quiet = load_part(folder, "train", array="ohmic")
    for noise, decibel in (("noise_60db", 60), ("noise_40db", 40)):
        noisy = load_part(folder, "train", array="ohmic", noise=noise)
        ratio = quiet.current.square().mean() / (noisy.current - quiet.current).square().mean()
        assert 10 * ratio.log10().item() == pytest.approx(decibel, abs=0.3)


def test_an_ideal_array_has_no_error(tmp_path):
    arrays = {"ideal": Crossbar.ideal()}
    metrics = run(replace(SMALL, arrays=arrays, noises={}), tmp_path / "run").metrics
    assert max(metrics["raw"]["ideal"][NOISE_FREE].values()) < 1e-20
    assert max(metrics["causes"]["ideal"].values()) < 1e-20


def test_one_cell_loses_what_two_segments_in_series_with_it_take(tmp_path):
    study = replace(SMALL, rows=1, cols=1, arrays={"one": Crossbar()}, noises={})
    folder = run(study, tmp_path / "run")
    part = load_part(folder, "train", array="one")
    expected = part.voltage / (1 / part.conductance + 2)
    torch.testing.assert_close(part.current, expected, rtol=1e-9, atol=0)
    lost = folder.read("one-causes")["cell_loss"].item()
    assert lost == pytest.approx(folder.metrics["loss"]["one"]["train"], rel=1e-6)


def test_each_cause_is_what_is_left_when_the_others_are_taken_away(folder):
    part = load_part(folder, "train", array="ohmic")
    law = Sinh(scale=0.5)
    array = Crossbar(row_resistance=3.0, driver_resistance=4.0, cell=Cell1T1R(law=law))
    found = causes(array, part)
    alone = {
        "wires": Crossbar(row_resistance=3.0, driver_resistance=4.0),
        "transistors": replace(Crossbar.ideal(), cell=Cell1T1R()),
        "memristors": replace(Crossbar.ideal(), cell=Cell1R(law=law)),
    }
    for name, crossbar in alone.items():
        current = crossbar.read(part.conductance, part.voltage).current
        expected = ((current - part.ideal_current) * 1e5).square().mean().item()
        assert found[name] == pytest.approx(expected, rel=1e-9), name


def test_wires_cost_the_cell_far_from_driver_and_amplifier_the_most():
    alike = torch.full((1, 8, 8), 50e-6, dtype=torch.float64)
    voltage = torch.full((1, 1, 8), 0.2, dtype=torch.float64)
    wires = Crossbar()
    part = Part(alike, voltage, wires.read(alike, voltage).current)
    lost = causes(wires, part)["cell_loss"]
    assert lost.argmax() == 7  # the first row's last cell
    assert lost.argmin() == 56  # the last row's first cell


def test_filters_are_the_windowed_low_passes_of_scipy():
    filters = FilterTest(lowest_cutoff=0.1, highest_cutoff=0.3)
    taps = filters.taps(9, 3)
    for column, cutoff in enumerate((0.1, 0.2, 0.3)):
        expected = np.abs(firwin(9, cutoff, window="hamming", scale=False, fs=1.0))
        np.testing.assert_allclose(taps[:, column], expected / expected.max(), rtol=1e-12)


def test_an_array_of_filters_filters_the_sinusoid(folder):
    part = load_part(folder, "sinusoid", array="ohmic")
    sample = np.arange(-7, 128)
    signal_in = 0.2 + 0.1 * np.sin(2 * np.pi * sample / 16)
    for column in range(8):
        expected = np.convolve(signal_in, part.conductance[0, :, column], mode="valid")
        np.testing.assert_allclose(part.ideal_current[0, :, column], expected, rtol=1e-12)


def test_constant_voltages_read_the_same_filters(folder):
    constant, sinusoid = (load_part(folder, part, array="ohmic") for part in ("dc", "sinusoid"))
    assert torch.equal(constant.conductance, sinusoid.conductance)
    assert constant.conductance.max().item() == pytest.approx(100e-6)
    assert constant.conductance.min().item() >= 16.66e-6
    assert (constant.voltage == 0.2).all()


@pytest.mark.skipif(shutil.which("ngspice") is None, reason="needs ngspice")
def test_ngspice_reads_the_same_currents(folder):
    assert set(folder.metrics["spice"]) == set(SMALL.arrays)
    assert max(folder.metrics["spice"].values()) < 1e-8
    part = load_part(folder, "train", array="sinh_strong")
    wrong = replace(part, current=1.001 * part.current)
    assert spice_difference(SMALL.arrays["sinh_strong"], wrong) > 0.9e-3


def test_without_ngspice_nothing_is_said_of_it(monkeypatch, tmp_path):
    monkeypatch.setattr("mho.studies.readout_error.readout_error.spice_is_there", lambda: False)
    folder = run(replace(SMALL, arrays={"wires": Crossbar()}), tmp_path / "run")
    assert folder.metrics["spice"] == {}
    assert "ngspice" not in folder.summary


def test_the_result_prints_ours_beside_the_papers_for_every_part_array_and_noise(folder):
    lines = folder.summary.splitlines()
    assert any(line.startswith("paper") and "0.131878" in line for line in lines)
    for array, noises in folder.metrics["raw"].items():
        for noise, errors in noises.items():
            name = array if noise == NOISE_FREE else f"{array}, {noise}"
            line = next(line for line in lines if line.startswith(f"{name} "))
            assert line.split()[-5:] == [f"{errors[part]:.6f}" for part in PARTS]


def test_a_run_killed_between_shards_is_continued_to_the_same_data(folder, tmp_path, killed_run):
    kept = killed_run(SMALL, tmp_path / "run", shards=5)
    assert 5 <= len(kept) < len(folder.shards)
    with RunFolder.at(tmp_path / "run", SMALL) as continued:
        complete(SMALL, continued)
    assert continued.metrics == folder.metrics
    ours, whole = (
        {file.name: file.read_bytes() for file in run.path.glob("shards/*.h5")}
        for run in (continued, folder)
    )
    assert {name: ours[name] for name in kept} == kept
    assert ours == whole


def test_settings_survive_the_round_trip():
    study = replace(SMALL, noises={"one": (WhiteNoise(sigma=1e-6),)})
    assert loads(dump(study)) == study


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"arrays": {}}, "`arrays` must hold at least one array"),
        ({"arrays": {"inputs": Crossbar()}}, "other than inputs, but has 'inputs'"),
        ({"noises": {"a-b": ()}}, "`noises` must have names of letters"),
        ({"validation_matrices": 1000}, "`validation_matrices` must be at least 1 and at most 999"),
        ({"vectors": 1}, "`vectors` must be at least 2"),
        ({"g_max": 1e-6}, "`g_max` must be at least 1.666e-05"),
    ],
)
def test_impossible_settings_are_refused_before_anything_runs(settings, message):
    with pytest.raises(ValueError, match=message):
        ReadoutError(**settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"highest_cutoff": 0.6}, "`highest_cutoff` must be at least 0.05 and at most 0.5"),
        ({"period": 1.0}, "`period` must be at least 2"),
        ({"level": float("nan")}, "`level` must be finite"),
    ],
)
def test_impossible_signals_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        FilterTest(**settings)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"part": "test", "array": "ohmic"}, "`part` must be one of train, validation_vectors"),
        ({"part": "dc", "array": "linear"}, "`array` must be one of ohmic, sinh_mild"),
        ({"part": "dc", "array": "ohmic", "noise": "loud"}, "`noise` must be one of noise_free"),
    ],
)
def test_what_the_data_does_not_have_is_refused_with_what_it_has(folder, wanted, message):
    with pytest.raises(ValueError, match=message):
        load_part(folder, **wanted)


def test_a_run_of_another_study_is_refused(tmp_path, count_up):
    other = count_up()
    with RunFolder.at(tmp_path / "run", other) as folder:
        complete(other, folder)
    with pytest.raises(ValueError, match="`folder` must be a run of ReadoutError, but is one of"):
        load_part(folder, "train", array="ohmic")
