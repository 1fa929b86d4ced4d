"""`mho sweep` runs every combination of settings once, and refuses impossible ones first."""

import csv

import pytest
from typer.testing import CliRunner

import mho.reports
from mho.cli import app
from mho.studies.runs import RunFolder


@pytest.fixture(autouse=True)
def _here(counting, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(mho.reports, "REPORTS", {})
    (tmp_path / "count.toml").write_text('study = "CountUp"\nshards = 3\n')


def sweep(*arguments):
    return CliRunner().invoke(app, ["sweep", "count.toml", *arguments])


def test_every_combination_is_run_and_stands_in_the_table(tmp_path):
    result = sweep("--over", "shards=[2, 3]", "--over", "seed=[0, 5]", "--table", "table.csv")
    assert result.exit_code == 0, result.output
    with open("table.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["shards"], row["seed"]) for row in rows] == [
        ("2", "0"), ("2", "5"), ("3", "0"), ("3", "5"),
    ]  # fmt: skip
    for row in rows:
        folder = RunFolder(tmp_path / row["run"])
        assert folder.is_finished
        assert folder.about["seed"] == int(row["seed"])


def test_what_was_run_before_is_not_run_again():
    sweep("--over", "shards=[2, 3]")
    again = sweep("--over", "shards=[2, 3, 4]")
    assert again.stderr.count("Finished before") == 2


def test_an_impossible_combination_is_refused_before_anything_runs(tmp_path):
    result = sweep("--over", "shards=[2, 3]", "--over", "sede=[1]")
    assert result.exit_code == 2
    assert "shards=2, sede=1: sede" in result.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("over", ["shards=3", "shards=[]", "shards", "=[1]", "shards=[1"])
def test_values_that_are_no_list_are_refused(over):
    result = sweep("--over", over)
    assert result.exit_code == 2
    assert "must read key=[value, value]" in result.stderr


def test_figures_that_a_run_does_not_have_are_named():
    result = sweep("--over", "shards=[2]", "--metric", "wrong")
    assert result.exit_code == 2
    assert "`metric` must name figures of the run" in result.stderr
    assert "but has wrong" in result.stderr
