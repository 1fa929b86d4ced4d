import re
from dataclasses import replace
from io import BytesIO

import pytest
from matplotlib.image import imread

from mho.crossbar import Crossbar
from mho.reports import write_report, write_summary
from mho.reports.readout_error import page
from mho.studies.readout_error import PARTS, ReadoutError
from mho.studies.runs import RunFolder, complete

SMALL = ReadoutError(matrices=8, vectors=5, validation_matrices=4, validation_vectors=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    study = replace(SMALL, arrays={"wires": Crossbar(), "thin": Crossbar(row_resistance=9.0)})
    path = tmp_path_factory.mktemp("data") / "run"
    with RunFolder.at(path, study) as opened:
        complete(study, opened)
    return RunFolder(path)


@pytest.fixture(scope="module")
def report(folder):
    return page(folder)


def test_the_page_shows_every_error_of_the_run_and_of_the_paper(report, folder):
    assert "<td>0.1319</td>" in report
    for noises in folder.metrics["raw"].values():
        for errors in noises.values():
            row = "".join(f"<td>{errors[part]:.4f}</td>" for part in PARTS)
            assert row in report


def test_every_array_has_its_figures_and_each_says_what_it_shows(report):
    labels = re.findall(r'<svg role="img" aria-label="([^"]+)"', report)
    assert len(labels) == len(set(labels)) == 10
    assert sum("thin" in label for label in labels) == 5


def test_the_page_asks_nothing_of_the_network(report):
    assert re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', report) == []
    assert len(report) < 1_000_000


def test_the_report_and_the_picture_are_drawn_into_files(folder, tmp_path):
    assert write_report(folder, "ReadoutError").read_text().startswith("<!DOCTYPE html>")
    picture = write_summary(folder.path, "ReadoutError", tmp_path).read_bytes()
    assert imread(BytesIO(picture)).shape[:2] == (1040, 1400)
    assert len(picture) < 200_000
