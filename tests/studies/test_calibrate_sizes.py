"""Calibrators trained on some sizes are scored on others."""

from dataclasses import replace

import pytest
import torch

from mho.calibration import ColumnStatistics, PhysicsCalibrator
from mho.crossbar import Cell1R, Crossbar
from mho.reports import write_summary
from mho.studies.calibrate_sizes import RAW, CalibrateSizes
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, loads

WIRES = Crossbar(row_resistance=10.0, column_resistance=6.0, cell=Cell1R())
GUESS = Crossbar(row_resistance=3.0, column_resistance=3.0)
SMALL = CalibrateSizes(
    arrays={"wires": WIRES},
    calibrators={
        "column_statistics": ColumnStatistics(),
        "physics": PhysicsCalibrator(crossbar=GUESS, readings=20),
    },
    trained=((3, 4), (5, 5)),
    tried=((3, 4), (2, 9)),
    matrices=10,
    vectors=10,
    cells=100,
    seeds=(0, 1),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "run"
    with RunFolder.at(path, SMALL) as opened:
        complete(SMALL, opened)
    return RunFolder(path)


def test_what_is_known_of_the_circuit_serves_every_size(folder):
    table, found = folder.metrics["wires"], folder.metrics["found"]["wires"]
    for size in ("3x4", "2x9"):
        assert table[size]["physics"]["gain"]["mean"] > 1e6
        assert table[size][RAW]["gain"]["mean"] == 1.0
        assert 2 < table[size]["column_statistics"]["gain"]["mean"] < 1e6
    assert table["2x9"]["physics"]["multiplications"] == 81
    assert found["physics.column_resistance"]["mean"] == pytest.approx(6.0, rel=1e-4)
    assert "physics" in folder.summary


def test_each_seed_has_matrices_of_its_own(folder):
    first, second = (folder.read(f"wires-seed{seed}")["error.raw"] for seed in (0, 1))
    assert not torch.equal(*(torch.as_tensor(each) for each in (first, second)))


def test_settings_survive_their_file():
    assert loads(dump(SMALL)) == SMALL


def test_names_that_are_taken_are_refused():
    with pytest.raises(ValueError, match="`raw` is taken"):
        replace(SMALL, calibrators={"raw": ColumnStatistics()})


def test_the_result_is_drawn(folder, tmp_path):
    picture = write_summary(folder.path, "CalibrateSizes", tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")
