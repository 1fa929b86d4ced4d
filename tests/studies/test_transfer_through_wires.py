"""Networks on tiles with resistive wires, by the size of the tiles."""

import sys
import types
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from mho.calibration import Affine, ColumnGain, OhmicInverse, PhysicsCalibrator
from mho.crossbar import Crossbar
from mho.nn import DifferentialPair
from mho.reports import write_summary
from mho.studies.networks import OwnModel
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, load, loads
from mho.studies.transfer_through_wires import Pilot, TransferThroughWires
from mho.studies.weight_transfer import Exact

WIRES = Crossbar(row_resistance=20.0, column_resistance=20.0)
GUESS = Crossbar(row_resistance=5.0, column_resistance=50.0)
PHYSICS = PhysicsCalibrator(crossbar=GUESS, inverse=OhmicInverse(), readings=4)


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Sums of pixels with random weights, told apart by a network that cannot lose by chance."""

    def build():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(64, 40), nn.ReLU(), nn.Linear(40, 4)).double()

    mine = types.ModuleType("mine")
    mine.build = build
    monkeypatch.setitem(sys.modules, "mine", mine)
    x = np.random.default_rng(0).random((400, 64)) - 0.5
    scores = build()(torch.from_numpy(x)).detach()
    first, second = scores.sort(-1).values[:, -2:].unbind(-1)
    clear = (second - first > 0.02).numpy()
    arrays = {"x_train": x, "x_test": x[clear], "y_test": scores.argmax(-1).numpy()[clear]}
    assert clear.sum() > 50
    np.savez(tmp_path / "mine.npz", **arrays)
    return TransferThroughWires(
        network=OwnModel(model="mine:build", pictures=str(tmp_path / "mine.npz")),
        cells={"exact": Exact(low=10e-6, high=100e-6)},
        bits=16,
        sizes=(8, 64),
        crossbar=WIRES,
        dac=None,
        adc=None,
        calibrators={"gain": ColumnGain(), "affine": Affine(), "physics": PHYSICS},
        pilot=Pilot(rows=8, cols=8, reads=6),
        seeds=(0, 1),
    )


def run(study, path):
    with RunFolder.at(path, study) as folder:
        complete(study, folder)
    return folder


def test_smaller_tiles_and_calibration_give_back_what_wires_take(study, tmp_path):
    folder = run(study, tmp_path / "run")
    metrics = folder.metrics
    assert metrics["digital"] == 100.0
    loss = {name: each["64"]["mean"] for name, each in metrics["loss"]["exact"].items()}
    assert loss["none"] > 5
    assert loss["gain"] < loss["none"]
    # With fewer columns than rows what wires do cannot be undone to the last.
    for name in ("affine", "physics"):
        assert loss[name] < 0.5 * loss["gain"]
    assert metrics["loss"]["exact"]["none"]["8"]["mean"] < loss["none"]
    assert metrics["enough"]["exact"]["physics"] == 8
    # A pair takes two columns: 16 x 5 weights fit no tile of 8 x 8, 64 x 32 one of 64 x 64.
    assert metrics["tiles"]["exact"]["none"] == {"8": 8 * 10 + 5 * 1, "64": 2 + 1}
    found = metrics["found"]["exact"]["physics"]
    for name in ("row_resistance", "column_resistance"):
        assert found[name]["mean"] == pytest.approx(20.0, rel=1e-4)
    assert "digital 100.00 %" in folder.summary
    picture = write_summary(tmp_path / "run", "TransferThroughWires", tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_what_a_run_has_stored_is_not_made_again(study, tmp_path, monkeypatch):
    study = replace(study, sizes=(32,), seeds=(0,))
    whole = run(study, tmp_path / "whole")
    with RunFolder.at(tmp_path / "other", study) as folder:
        for shard in ("digital", *(f"exact-32-{name}" for name in study.repairs)):
            folder.write(shard, **whole.read(shard))
        module = "mho.studies.transfer_through_wires.transfer_through_wires"
        monkeypatch.setattr(f"{module}.convert", None)
        complete(study, folder)
    assert folder.metrics == whole.metrics


def test_impossible_settings_are_refused():
    with pytest.raises(ValueError, match="`sizes` must hold at least one, but is empty"):
        TransferThroughWires(sizes=())
    with pytest.raises(ValueError, match="`sizes` must be at least 2"):
        TransferThroughWires(sizes=(1,))
    with pytest.raises(ValueError, match="`none` is taken"):
        TransferThroughWires(calibrators={"none": ColumnGain()})
    pair = DifferentialPair(g_min=1e-6, g_max=1e-4, analog=True)
    with pytest.raises(ValueError, match="do without the cells' conductances"):
        TransferThroughWires(mapping=pair, calibrators={"physics": PHYSICS})
    with pytest.raises(ValueError, match="`reads` must be at least 1"):
        Pilot(reads=0)


@pytest.mark.parametrize("name", ["mlp", "lenet5"])
def test_settings_survive_the_round_trip(name, pytestconfig):
    study = load(pytestconfig.rootpath / "studies" / f"transfer_through_wires_{name}.toml")
    assert loads(dump(study)) == study
