"""Every calibrator is scored on every part, and scores what it should."""

from dataclasses import replace

import pytest
import torch

from mho.calibration import (
    Affine,
    ColumnGain,
    CutInverse,
    Gain,
    Identity,
    Latent,
    MatrixRidge,
    Shared,
)
from mho.crossbar import Crossbar, WhiteNoise
from mho.studies.calibrate_readout import (
    CALIBRATORS,
    OWN,
    PAPER,
    PHYSICS,
    RAW,
    CalibrateReadout,
    OnCircuit,
    OwnVectors,
)
from mho.studies.calibrate_readout.trial import SAMPLES, Trial
from mho.studies.readout_error import PARTS, ReadoutError, Unstored, load_part, read_part
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, loads

DATA = ReadoutError(
    arrays={"wires": Crossbar(row_resistance=10.0, column_resistance=10.0)},
    noises={"amplifier": (WhiteNoise(sigma=1e-7),)},
    matrices=60,
    vectors=30,
    validation_matrices=10,
    validation_vectors=3,
)
SMALL = CalibrateReadout(
    data=DATA,
    calibrators={"gain": Shared(calibrator=Gain()), "matrix_ridge": MatrixRidge()},
    physics={},
    own={"own_affine": OwnVectors(calibrator=Affine(), vectors=15)},
    seeds=(0, 1),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "run"
    with RunFolder.at(path, SMALL) as opened:
        complete(SMALL, opened)
    return RunFolder(path)


@pytest.mark.parametrize("part", PARTS)
def test_readings_that_are_not_stored_are_those_that_would_be(part, tmp_path):
    study = replace(DATA, matrices=4, validation_matrices=1, seed=5)
    with RunFolder.at(tmp_path / "run", study) as stored:
        complete(study, stored)
    for noise in ("noise_free", "amplifier"):
        kept = load_part(stored, part, array="wires", noise=noise)
        made = read_part(Unstored(study), study, part, array="wires", noise=noise)
        assert torch.equal(made.conductance, kept.conductance)
        assert torch.equal(made.current, kept.current)


def test_raw_errors_are_those_of_the_data(folder):
    trial = Trial(replace(DATA, seed=1), "wires", 100)
    for noise, tables in folder.metrics["wires"].items():
        for part, figures in tables[RAW].items():
            expected = trial.part(part, noise).squared_error
            assert figures["error"]["values"][1] == pytest.approx(expected, rel=1e-12)
            assert figures["gain"]["mean"] == 1


def test_a_gain_is_the_raw_error_over_the_corrected_one(folder):
    table = folder.metrics["wires"]["amplifier"]
    for calibrator in ("gain", "own_affine"):
        for part in PARTS:
            raw, corrected = (table[n][part]["error"]["values"] for n in (RAW, calibrator))
            expected = [before / after for before, after in zip(raw, corrected, strict=True)]
            assert table[calibrator][part]["gain"]["values"] == pytest.approx(expected)


def test_calibrators_repair_wires(folder):
    table = folder.metrics["wires"]["noise_free"]
    for calibrator in ("gain", "matrix_ridge", "own_affine"):
        assert table[calibrator]["validation_matrices"]["gain"]["mean"] > 5
    assert table["own_affine"]["validation_matrices"]["gain"]["mean"] > 1e4
    assert table["own_affine"]["sinusoid"]["gain"]["mean"] > 1e3


def test_each_is_told_what_it_costs(folder):
    costs = folder.metrics["multiplications"]
    assert costs == {RAW: 0, "gain": 8, "matrix_ridge": 64, "own_affine": 64}
    assert folder.metrics["product"] == 64


@pytest.mark.parametrize("part", PARTS)
def test_own_calibrators_never_see_what_they_are_scored_on(part):
    trial = Trial(DATA, "wires", 100)
    known, unseen = trial._known(part, "amplifier", 15)
    assert torch.equal(known.conductance, unseen.conductance)
    assert known.voltage.shape[1] == 15
    assert unseen.voltage.shape[1] > 0
    both = torch.cat([known.voltage, unseen.voltage], 1)
    for vectors, seen in zip(both, known.voltage, strict=True):
        others = vectors[15:]
        assert not (others[:, None] == seen).all(-1).any()
        assert len(seen.unique(dim=0)) == 15


def test_nothing_is_repaired_by_nothing():
    outcome = Trial(DATA, "wires", 100).outcome(Identity())
    own = Trial(DATA, "wires", 100).outcome(OwnVectors(calibrator=Identity(), vectors=5))
    for part in ("validation_vectors", "sinusoid", "dc"):
        assert own[f"amplifier.{part}"] == outcome[f"amplifier.{part}"]
    assert outcome["noise_free.sinusoid.current"].shape == (SAMPLES, 8)


def test_the_result_prints_every_calibrator_below_the_paper(folder):
    lines = folder.summary.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("paper"))
    assert f"{PAPER['train']:.2e}" in lines[start]
    names = [line.split()[0] for line in lines[start + 1 : start + 5]]
    assert names == [RAW, "gain", "matrix_ridge", "own_affine"]


def test_a_run_killed_between_shards_is_continued_to_the_same_errors(folder, tmp_path, killed_run):
    kept = killed_run(SMALL, tmp_path / "run", shards=3)
    assert 3 <= len(kept) < len(folder.shards)
    with RunFolder.at(tmp_path / "run", SMALL) as continued:
        complete(SMALL, continued)
    assert continued.metrics == folder.metrics


def test_settings_survive_the_round_trip():
    for study in (SMALL, CalibrateReadout()):
        assert loads(dump(study)) == study


def test_all_baselines_are_compared_unless_settings_say_otherwise():
    assert set(CalibrateReadout().entries) == {RAW, *CALIBRATORS, *PHYSICS, *OWN}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seeds": ()}, "`seeds` must hold at least one"),
        ({"calibrators": {"a b": Gain()}}, "`calibrators` must have names of letters"),
        ({"calibrators": {RAW: Gain()}}, "`calibrators` must have names of its own"),
        ({"own": {"gain": OwnVectors(calibrator=ColumnGain())}}, "`own` must have names of its"),
        (
            {"own": {"all": OwnVectors(calibrator=Affine(), vectors=90)}},
            r"`own.all.vectors` must leave vectors to be corrected, and know at most 89",
        ),
    ],
)
def test_impossible_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        CalibrateReadout(**settings)


def test_physics_is_identified_once_from_a_wrong_guess_and_inverted_in_each_way():
    trial = Trial(DATA, "wires", 5)
    entry = OnCircuit(readings=40)
    guess = entry.calibrator(DATA.arrays["wires"])
    assert guess.parameters == ("row_resistance", "column_resistance")
    assert guess.crossbar.row_resistance == 20.0
    whole = trial.outcome(entry)
    cut = trial.outcome(replace(entry, inverse=CutInverse(multiplications=8)))
    assert (whole["multiplications"], cut["multiplications"]) == (64, 8)
    assert whole["noise_free.validation_matrices"] < 1e-6 < cut["noise_free.validation_matrices"]
    assert len(trial._arrays) == 2  # without noise and with it


def test_no_calibrator_of_physics_is_far_above_the_noise_floor_or_below_it():
    trial = Trial(DATA, "wires", 5)
    floor, outcome = trial.floor(), trial.outcome(OnCircuit(readings=40))
    ratio = outcome["amplifier.validation_matrices"] / floor["amplifier.validation_matrices"]
    assert 0.8 < ratio < 1.2


def test_the_loss_curves_of_a_network_are_kept():
    trial = Trial(replace(DATA, noises={}), "wires", 5)
    outcome = trial.outcome(Latent(epochs=3, latent=4))
    names = [key.removeprefix("curve.") for key in outcome if key.startswith("curve.")]
    assert {"validation_vectors", "validation_matrices"} < set(names)
    assert all(outcome[f"curve.{name}"].shape == (3,) for name in names)
