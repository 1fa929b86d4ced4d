"""What could be known lies between the bounds, and a predictor that remembers is judged fairly."""

from dataclasses import replace

import pytest

from mho.devices import SoftBounds
from mho.programming.predictor import (
    HistoryPredictor,
    Looks,
    Practice,
    Recording,
    RelativeConductance,
    Stage,
)
from mho.reports import write_summary
from mho.studies.remember_pulses.belief import Belief
from mho.studies.remember_pulses.remember_pulses import Jobs, RememberPulses
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, loads

DEVICE = SoftBounds(cycle_noise=0.05, device_spread=0.3)
STAGE = Stage(
    loss=RelativeConductance(secant=0.3),
    epochs=12,
    learning_rate=5e-3,
    final_learning_rate=3e-4,
    batch=16,
)
PREDICTOR = HistoryPredictor(
    practice=Practice(
        recording=Recording(cells=40, targets=4, warm_up=1, step=2e-8, longest=1e-4),
        pulses=3,
        warm_up=2,
        remembered=3,
        looks=Looks(longest=1e-4),
    ),
    sizes=(16, 16),
    units=4,
    first=(STAGE,),
    stages=(STAGE,),
    rounds=1,
)
STUDY = RememberPulses(
    device=DEVICE,
    predictor=PREDICTOR,
    belief=Belief(remembered=(0, 3), particles=200, futures=40, times=30, longest=1e-4),
    cells=40,
    pool=400,
    jobs=Jobs(cells=30, low=15e-6, high=90e-6, pulses=6, tolerances=(0.1, 0.05)),
    seeds=(0, 1),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("remember") / "run"
    with RunFolder.at(path, STUDY) as opened:
        complete(STUDY, opened)
    return opened


def test_who_knows_more_lands_closer(folder):
    error = {name: each["rpd"]["mean"] for name, each in folder.metrics["next"].items()}
    assert error["state"] < error["remembered3"] < error["remembered0"]
    assert error["state"] < error["history"]
    assert error["state"] < error["memoryless"]
    assert folder.metrics["next"]["state"]["closed"]["rpd"] == pytest.approx(1.0)
    assert folder.metrics["next"]["remembered0"]["closed"]["rpd"] == 0.0


def test_jobs_are_counted_for_both_predictors(folder):
    for scheme in ("history", "memoryless"):
        jobs = folder.metrics["jobs"][scheme]
        assert jobs["within_10"]["median"]["mean"] <= jobs["within_5"]["median"]["mean"] <= 7
        assert 0.5 < jobs["within_10"]["share"]["mean"] <= 1.0


def test_the_answer_prints_itself_and_is_drawn(folder, tmp_path):
    assert "remembered3" in folder.summary
    assert write_summary(folder.path, "RememberPulses", tmp_path).read_bytes()[:4] == b"\x89PNG"


def test_settings_survive_the_round_trip_and_impossible_ones_are_refused():
    assert loads(dump(STUDY)) == STUDY
    with pytest.raises(ValueError, match="must be at most what the predictor remembers, 3"):
        replace(STUDY, belief=Belief(remembered=(9,)))
    with pytest.raises(ValueError, match="`particles` must be at least 40"):
        Belief(particles=10, futures=40)
