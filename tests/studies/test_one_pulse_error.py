"""One noise-free-inverse pulse is right while nothing moves that it did not reckon with."""

import pytest

from mho.devices import JartTUD
from mho.reports import write_summary
from mho.studies.one_pulse_error import OnePulseError, OperatingPoint
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, loads

FAST = OperatingPoint(set_voltage=-0.4886, reset_voltage=1.0099)
SLOWER = OperatingPoint(set_voltage=-0.4450, reset_voltage=0.9164)
SMALL = {"points": (FAST, SLOWER), "cells": 8, "targets": 4, "cycles": 3, "seeds": (0, 1)}


def run(study, path):
    with RunFolder.at(path, study) as folder:
        complete(study, folder)
    return folder


def test_a_pulse_hits_on_fresh_cells_only_and_only_if_it_is_short(tmp_path):
    folder = run(OnePulseError(**SMALL), tmp_path / "run")
    fast, slower = folder.metrics["point0"], folder.metrics["point1"]
    assert fast["set_time"] == pytest.approx(1e-6, rel=0.05)
    assert fast["reset_time"] == pytest.approx(fast["set_time"], rel=0.05)
    assert fast["fresh_error"]["mean"] < 0.02 < 0.2 < slower["fresh_error"]["mean"]
    assert fast["used_error"]["mean"] > 0.4
    assert "fresh cells" in folder.summary
    picture = write_summary(tmp_path / "run", "OnePulseError", tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_without_noise_used_cells_are_as_good_as_fresh_ones(tmp_path):
    metrics = run(OnePulseError(**SMALL | {"device": JartTUD()}), tmp_path / "run").metrics
    for point in (metrics["point0"], metrics["point1"]):
        assert point["fresh_error"]["mean"] == point["used_error"]["mean"] < 1e-3


def test_settings_survive_the_round_trip_and_impossible_ones_are_refused():
    study = OnePulseError(**SMALL)
    assert loads(dump(study)) == study
    with pytest.raises(ValueError, match="`points` must hold at least one"):
        OnePulseError(points=())
    with pytest.raises(ValueError, match=r"`low` must be at least 9\.84"):
        OnePulseError(low=1e-6)
