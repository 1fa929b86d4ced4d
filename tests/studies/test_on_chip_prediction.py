"""Predicted amplitudes beat the staircase on the statistics of a measured array."""

import pytest

from mho.programming import Staircase, Stairs
from mho.programming.predictor import AmplitudePredictor, RandomPulses, SquaredAmplitude, Stage
from mho.reports import write_summary
from mho.studies.on_chip_prediction import OnChipPrediction
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, loads

BRIEF = Stage(
    loss=SquaredAmplitude(),
    keep=SquaredAmplitude(),
    epochs=10,
    learning_rate=3e-3,
    final_learning_rate=1e-4,
    batch=128,
)
STAIRS = Staircase(
    set_stairs=Stairs(start=-0.5, step=0.1, stop=-1.5),
    reset_stairs=Stairs(start=0.5, step=0.05, stop=1.5),
)
SMALL = {
    "predictor": AmplitudePredictor(recording=RandomPulses(cells=300, pulses=30), stages=(BRIEF,)),
    "staircases": (STAIRS,),
    "tolerances": (0.1,),
    "max_pulses": 60,
    "targets": 6,
    "cells": 32,
    "finest": 0.02,
    "seeds": (0, 1),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    study = OnChipPrediction(**SMALL)
    with RunFolder.at(tmp_path_factory.mktemp("on_chip") / "run", study) as folder:
        complete(study, folder)
    return folder


def test_predicted_amplitudes_arrive_sooner_than_a_staircase(folder):
    jobs = folder.metrics["within_10"]
    assert jobs["predicted"]["converged"]["mean"] > 0.95
    assert jobs["sooner"]["mean"] > 2.0
    delays = [jobs[name]["delay"]["values"] for name in ("predicted", "stairs_50")]
    ratios = [slow / fast for fast, slow in zip(*delays, strict=True)]
    assert jobs["sooner"]["values"] == pytest.approx(ratios)
    assert "times sooner" in folder.summary


def test_a_delay_counts_pulses_and_the_reads_around_them():
    study = OnChipPrediction(**SMALL | {"read_time": 3e-6})
    assert study.delay(2) == pytest.approx(2 * 1e-6 + 3 * 3e-6)


def test_all_but_the_lowest_targets_are_one_reset_away(folder):
    shard = folder.read("seed0")
    assert shard["reachable"][0, 0] < 0.9 < shard["reachable"][0, 2:].min()
    assert shard["one_pulse_error"].mean() < 0.25
    assert 150e-6 < shard["top"].mean() < 250e-6


def test_the_figure_is_drawn_from_the_stored_run(folder, tmp_path):
    picture = write_summary(folder.path, "OnChipPrediction", tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_settings_survive_the_round_trip_and_impossible_ones_are_refused():
    study = OnChipPrediction(**SMALL)
    assert loads(dump(study)) == study
    with pytest.raises(ValueError, match="`tolerances` must hold at least one"):
        OnChipPrediction(tolerances=())
