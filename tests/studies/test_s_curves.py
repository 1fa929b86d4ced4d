"""Many short pulses: cells with noise switch at moments of their own, as published."""

import pytest

from mho.devices import SoftBounds
from mho.reports import write_summary
from mho.studies.runs import RunFolder, complete
from mho.studies.s_curves import SCurves
from mho.studies.settings import dump, loads

PUBLISHED = 'study = "SCurves"\nseeds = [0]\n[device]\ntype = "JartTUD"\npreset = "yu2022"\n'


def run(study, path):
    with RunFolder.at(path, study) as folder:
        complete(study, folder)
    return folder


def test_ten_published_cells_switch_at_moments_of_their_own(tmp_path):
    folder = run(loads(PUBLISHED), tmp_path / "run")
    up, down = folder.metrics["set"], folder.metrics["reset"]
    assert up["noise_free"] == pytest.approx(3818, abs=5)
    assert down["noise_free"] == pytest.approx(1875, abs=5)
    assert up["share"] == down["share"] == 1.0
    assert 1400 < up["first"] < 2300 < up["mean"]["mean"] < 3200 < up["last"] < 4300
    assert down["last"] > 3 * down["first"]
    assert "noise-free" in folder.summary
    picture = write_summary(tmp_path / "run", "SCurves", tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_cells_without_noise_switch_all_at_once_and_those_that_cannot_are_left_out(tmp_path):
    few = SCurves(device=SoftBounds(), pulses=30, width=0.1e-6, cells=3, seeds=(0, 1), stored=1)
    metrics = run(few, tmp_path / "few").metrics
    for direction in ("set", "reset"):
        figures = metrics[direction]
        # Half of the range is passed after ln 2 time constants, 6.9 pulses.
        assert figures["mean"]["std"] == 0
        assert figures["first"] == figures["last"] == figures["noise_free"]
    assert metrics["set"]["first"] == 7
    none = SCurves(device=SoftBounds(), pulses=3, width=0.1e-6, cells=3, seeds=(0,))
    metrics = run(none, tmp_path / "none").metrics
    assert metrics["set"]["share"] == 0
    assert metrics["set"]["first"] is metrics["set"]["mean"] is None
    assert "none" in run(none, tmp_path / "none").summary


def test_settings_survive_the_round_trip_and_impossible_ones_are_refused():
    study = loads(PUBLISHED)
    assert loads(dump(study)) == study
    with pytest.raises(ValueError, match="`seeds` must hold at least one"):
        SCurves(seeds=())
    with pytest.raises(ValueError, match="`width` must be greater than 0"):
        SCurves(width=0.0)
