"""A predictor comes closer on cells of a spread population once they have told of themselves."""

import pytest

from mho.devices import SoftBounds
from mho.programming import PulsePredictor
from mho.programming.predictor import AdaptivePredictor, Recording, SquaredTime, Stage
from mho.reports import write_summary
from mho.studies.adapt_predictor import AdaptPredictor
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, loads

BRIEF = (Stage(loss=SquaredTime(), epochs=30, learning_rate=3e-3, final_learning_rate=1e-4),)
RECORDING = Recording(cells=60, targets=5, warm_up=1, step=5e-8, longest=1e-4)
PREDICTOR = PulsePredictor(recording=RECORDING, stages=BRIEF)
SMALL = {
    "device": SoftBounds(device_spread=0.3, cycle_noise=0.05),
    "adaptive": AdaptivePredictor(predictor=PREDICTOR, cells=60, pulses=40),
    "cells": 60,
    "after": (0, 20),
    "tuned": 1,
    "own": RECORDING,
    "own_rounds": 10,
    "tuning": BRIEF,
    "seeds": (0,),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    study = AdaptPredictor(**SMALL)
    with RunFolder.at(tmp_path_factory.mktemp("adapt") / "run", study) as folder:
        complete(study, folder)
    return folder


def test_what_cells_tell_of_themselves_saves_error(folder):
    metrics = folder.metrics
    never, keeping = (metrics[name]["after_20"]["mean"] for name in ("never", "keeping"))
    assert keeping < 0.8 * never
    assert metrics["gain"]["mean"] > 0.2
    assert "of the error" in folder.summary


def test_training_on_the_single_cell_beats_the_common_predictor(folder):
    assert folder.metrics["own"]["mean"] < folder.metrics["common"]["mean"]


def test_all_schemes_start_on_the_same_cells_in_the_same_state(folder):
    shard = folder.read("seed0")
    assert len(shard["never"]) == 20 + 10
    assert shard["never"][0] == pytest.approx(shard["forgetting"][0])


def test_the_figure_is_drawn_from_the_stored_run(folder, tmp_path):
    picture = write_summary(folder.path, "AdaptPredictor", tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_settings_survive_the_round_trip_and_impossible_ones_are_refused():
    study = AdaptPredictor(**SMALL)
    assert loads(dump(study)) == study
    with pytest.raises(ValueError, match="`after` must rise"):
        AdaptPredictor(after=(10, 10))
