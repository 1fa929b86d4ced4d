"""What a predictor expects of its pulses is held against where they land on other cells."""

from dataclasses import replace

import pytest

from mho.devices import SoftBounds
from mho.programming.predictor import Practice, PulsePredictor, Recording, SquaredTime, Stage
from mho.reports import write_summary
from mho.studies.foresee_landings import ForeseeLandings
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, loads

RECORDING = Recording(cells=60, targets=5, warm_up=2, step=2e-8, longest=1e-4)
STAGE = Stage(loss=SquaredTime(), epochs=25, learning_rate=3e-3, final_learning_rate=1e-4)
STUDY = ForeseeLandings(
    device=SoftBounds(cycle_noise=0.1),
    predictor=PulsePredictor(recording=RECORDING, stages=(STAGE,)),
    practice=Practice(recording=replace(RECORDING, cells=200), pulses=40, warm_up=2, patience=1),
    test=40,
    seeds=(0, 1),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("foresee") / "run"
    with RunFolder.at(path, STUDY) as opened:
        complete(STUDY, opened)
    return opened


def test_pulses_land_within_the_intervals_about_as_often_as_expected(folder):
    for name, nominal in (("within_50", 0.5), ("within_80", 0.8), ("within_90", 0.9)):
        assert folder.metrics["all"][name]["mean"] == pytest.approx(nominal, abs=0.06)
    assert folder.metrics["all"]["ratio"]["mean"] == pytest.approx(1.0, abs=0.15)


def test_every_fifth_is_judged_and_together_they_are_all(folder):
    for by in ("start", "target"):
        parts = [folder.metrics[f"{by}{number}"]["observed"]["mean"] for number in range(1, 6)]
        assert sum(parts) / 5 == pytest.approx(folder.metrics["all"]["observed"]["mean"], rel=0.02)


def test_the_worst_deviation_is_that_of_no_group_less(folder):
    metrics = dict(folder.metrics)
    worst, groups = metrics.pop("worst"), [metrics[name] for name in metrics if name != "seeds"]
    for name, right in (("within_50", 0.5), ("within_90", 0.9), ("ratio", 1.0)):
        each = [max(abs(group[name]["values"][s] - right) for group in groups) for s in (0, 1)]
        assert worst[name]["values"] == pytest.approx(each)


def test_the_answer_prints_itself_and_is_drawn(folder, tmp_path):
    assert "target5" in folder.summary
    assert write_summary(folder.path, "ForeseeLandings", tmp_path).read_bytes()[:4] == b"\x89PNG"


def test_settings_survive_the_round_trip():
    assert loads(dump(STUDY)) == STUDY
