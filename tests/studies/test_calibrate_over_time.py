"""Cells change as their laws say, and calibrators are refreshed from a few vectors."""

from dataclasses import replace

import pytest
import torch

from mho.devices import Ageing, Drift, ReadDisturb
from mho.reports import write_summary
from mho.studies.calibrate_over_time import CalibrateOverTime, Cycling, Reading, Waiting
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, loads

DRIFT = Waiting(effect=Drift(exponent=0.1, spread=0.02), exposures=(1.0, 1e5))
SMALL = CalibrateOverTime(
    calibrator=replace(CalibrateOverTime().calibrator, readings=50),
    uses={"drift": DRIFT, "ageing": Cycling(exposures=(1.0, 1e6))},
    refreshed=(2, 16),
    fresh=60,
    matrices=6,
    vectors=40,
    draws=200,
    seeds=(0, 1),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "run"
    with RunFolder.at(path, SMALL) as opened:
        complete(SMALL, opened)
    return RunFolder(path)


@pytest.mark.parametrize("use", SMALL.uses)
def test_vectors_bring_back_what_time_took(use, folder):
    error = {name: each[1]["mean"] for name, each in folder.metrics[use]["error"].items()}
    assert error["raw"] > error["stale"] > 2 * error["conditioned"]
    assert error["conditioned"] > 3 * error["refreshed_2"] > 9 * error["refreshed_16"]
    assert error["refreshed_16"] < 1.5 * error["fresh"]
    assert error["told"] < error["refreshed_16"]
    # Vectors of two voltages tell more than those in use, and the law adds little to so many.
    assert error["refreshed_16"] < error["unchosen_16"]
    assert error["unaware_16"] < 1.2 * error["refreshed_16"]


def test_what_time_does_is_told(folder):
    change = folder.metrics["drift"]["change"]
    expected = [2**-0.1, (1 + 1e5) ** -0.1]
    assert [each["mean"]["mean"] for each in change] == pytest.approx(expected, rel=0.05)
    assert "refreshed_16" in folder.summary


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        (Waiting(effect=Drift(spread=0.0), exposures=(1.0, 9.0)), [2**-0.05, 10**-0.05]),
        (Reading(effect=ReadDisturb(), exposures=(1e3, 1e9)), [2 - 1 / 2.718281828459045, 2.0]),
        (Cycling(effect=Ageing(spread=0.0), low=2e-5, exposures=(0.0, 1e6)), [1.0, 1.1]),
    ],
    ids=["drift", "read_disturb", "ageing"],
)
def test_cells_change_as_the_law_says(use, expected, generator):
    conductance = torch.full((2, 3), 5e-5, dtype=torch.float64)
    later = use.later(conductance, generator) / conductance
    for at, value in zip(later, expected, strict=True):
        torch.testing.assert_close(at, torch.full_like(at, value))


def test_settings_survive_their_file():
    assert loads(dump(SMALL)) == SMALL


def test_exposures_out_of_order_are_refused():
    with pytest.raises(ValueError, match="`exposures` must rise"):
        replace(DRIFT, exposures=(2.0, 1.0))


def test_the_result_is_drawn(folder, tmp_path):
    picture = write_summary(folder.path, "CalibrateOverTime", tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")
