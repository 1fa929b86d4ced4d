"""The report shows every figure of the run, and draws without asking the network."""

import re
from io import BytesIO

import pytest
from matplotlib.image import imread

from mho.calibration import Affine, ColumnGain, Gain, Latent, Shared
from mho.crossbar import Crossbar
from mho.reports import write_report, write_summary
from mho.reports.calibrate_readout import page
from mho.studies.calibrate_readout import RAW, CalibrateReadout, OnCircuit, OwnVectors
from mho.studies.readout_error import PARTS, ReadoutError
from mho.studies.runs import RunFolder, complete

SMALL = CalibrateReadout(
    data=ReadoutError(
        arrays={"wires": Crossbar(), "thin": Crossbar(row_resistance=9.0)},
        matrices=12,
        vectors=15,
        validation_matrices=4,
        validation_vectors=1,
    ),
    calibrators={
        "gain": Shared(calibrator=Gain()),
        "columns": Shared(calibrator=ColumnGain()),
        "net": Latent(epochs=3, latent=4),
    },
    physics={"physics": OnCircuit(readings=20)},
    own={"own": OwnVectors(calibrator=Affine(), vectors=12)},
    seeds=(0, 1),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "run"
    with RunFolder.at(path, SMALL) as opened:
        complete(SMALL, opened)
    return RunFolder(path)


@pytest.fixture(scope="module")
def report(folder):
    return page(folder)


def test_every_error_of_the_run_and_of_the_paper_is_shown(report, folder):
    assert "<td>1.39e-04</td>" in report
    for array in SMALL.data.arrays:
        for table in folder.metrics[array].values():
            for name in (RAW, "gain", "columns", "net", "physics", "own"):
                for part in PARTS:
                    error = table[name][part]["error"]
                    assert f"{error['mean']:.2e} ± {error['std']:.0e}" in report


def test_every_array_has_its_figures_and_each_says_what_it_shows(report):
    labels = re.findall(r'<svg role="img" aria-label="([^"]+)"', report)
    assert len(labels) == len(set(labels))
    assert sum("thin" in label for label in labels) == len(labels) / 2 >= 7


def test_the_page_asks_nothing_of_the_network(report):
    assert re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', report) == []
    assert len(report) < 1_000_000


def test_the_report_and_the_picture_are_drawn_into_files(folder, tmp_path):
    assert write_report(folder, "CalibrateReadout").read_text().startswith("<!DOCTYPE html>")
    picture = write_summary(folder.path, "CalibrateReadout", tmp_path).read_bytes()
    assert imread(BytesIO(picture)).shape[1] == 2000
    assert len(picture) < 300_000
