"""What pulses and time do to cells is what their equations say."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from mho.devices import DEVICES, UCSB, JartTUD, PhaseChange, SoftBounds, Synaptogen
from mho.reports import write_report, write_summary
from mho.studies.characterise import Characterise
from mho.studies.characterise.measurements import Trains, find_trains, loop, switching_curves
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, loads

SMALL = {
    "pulses": 8,
    "cells": 6,
    "traces": 3,
    "voltages": 5,
    "levels": 5,
    "amplitudes": 3,
    "rests": (1.0, 1e3),
}


def devices():
    for model in DEVICES:
        names = model.presets() if hasattr(model, "presets") else []
        yield from ((f"{model.__name__}/{name}", model.preset(name)) for name in names)
        if not names:
            yield model.__name__, model()


def run(study, path):
    with RunFolder.at(path, study) as folder:
        complete(study, folder)
    return folder


@pytest.fixture
def soft(tmp_path):
    return run(Characterise(device=SoftBounds(), **SMALL), tmp_path / "run")


# The sweep of UCSB passes voltages that its fit does not hold for, and says so.
@pytest.mark.filterwarnings("ignore:UCSB holds")
@pytest.mark.parametrize(
    ("name", "device"), [pytest.param(*each, id=each[0]) for each in devices()]
)
def test_every_device_rises_falls_back_and_opens_its_loop(name, device, tmp_path):
    study = Characterise(device=device, **SMALL | {"pulses": 4, "share": 0.4})
    assert loads(dump(study)) == study
    quiet = run(replace(study, device=device.noise_free()), tmp_path / "quiet")
    curve = quiet.read("switching")["quantiles"][:, 1]
    rise, fall = curve[4] - curve[0], curve[4] - curve[8]
    assert rise >= 0.4 * (device.g_max - curve[0]) * (1 - 1e-9)
    assert fall >= 0.4 * (curve[4] - device.g_min) * (1 - 1e-9)
    swept = quiet.read("loop")
    rising, falling = (abs(swept["noise_free"][k] / swept["voltage"][k]) for k in (0, 8))
    assert falling > rising
    trains = Trains.stored(quiet.read("trains"))
    spread = switching_curves(device, trains, 6, 3, seed=0)["quantiles"]
    assert (spread[:, 0] > 0).all()
    assert spread[4].mean() > spread[0].mean()


def test_identical_pulses_move_soft_bounds_by_their_closed_form(soft):
    width = 1e-6 * math.log(10) / 8  # 8 of them go nine tenths of the way
    metrics = soft.metrics
    assert metrics["set"]["width"] == pytest.approx(width, rel=0.06)
    number = np.arange(9)
    fading = np.exp(-number * metrics["set"]["width"] / 1e-6)
    rising = 100e-6 - 90e-6 * fading
    falling = 10e-6 + (rising[-1] - 10e-6) * np.exp(-number * metrics["reset"]["width"] / 1e-6)
    median = soft.read("switching")["quantiles"][:, 1]
    np.testing.assert_allclose(median, np.append(rising, falling[1:]), rtol=1e-12)


def test_one_pulse_changes_soft_bounds_by_its_law_of_start_and_amplitude(soft):
    steps, width = soft.read("steps"), soft.metrics["set"]["width"]
    start, amplitude = np.meshgrid(steps["start"], steps["amplitude"], indexing="ij")
    bound = np.where(amplitude > 0, 100e-6, 10e-6)
    rate = np.sinh(abs(amplitude) / 0.2) / math.sinh(1.0 / 0.2) / 1e-6
    widths = np.where(amplitude > 0, width, soft.metrics["reset"]["width"])
    change = (bound - start) * -np.expm1(-rate * widths)
    np.testing.assert_allclose(steps["change"], change, rtol=1e-9, atol=1e-18)
    np.testing.assert_allclose(np.diff(steps["start"]), np.diff(steps["start"])[0], rtol=1e-3)


def test_the_current_of_an_ohmic_cell_below_its_threshold_is_a_line():
    # Steep enough that the lower four fifths of the sweep move nothing.
    device = SoftBounds(v0=0.004)
    swept = loop(device, find_trains(device, 8, 0.9, 3), 0.9, 10, 2, seed=0)
    voltage, current = swept["voltage"], swept["noise_free"]
    torch.testing.assert_close(current[:8], 10e-6 * voltage[:8], rtol=1e-9, atol=0)
    high = (current[11:19] / voltage[11:19]).mean()
    assert high > 90e-6
    torch.testing.assert_close(current[11:19], high * voltage[11:19], rtol=1e-9, atol=0)
    assert current[19] == 0.0


def test_cells_that_drift_keep_what_their_exponent_leaves(tmp_path):
    device = PhaseChange.preset("nandakumar2019").noise_free()
    folder = run(Characterise(device=device, **SMALL), tmp_path / "run")
    rests = folder.read("retention")
    assert rests["moved"]
    start = rests["quantiles"][0, :, 1]
    exponent = np.clip(0.0244 - 0.0155 * np.log(start / 25e-6), 0.049, 0.1)
    for time, after in zip(rests["time"], rests["quantiles"][:, :, 1], strict=True):
        np.testing.assert_allclose(after, start * (1 + time / 20.0) ** -exponent, rtol=1e-12)
    kept = folder.metrics["retention"]["kept"][-1][-1]
    assert kept == pytest.approx((1 + 1e3 / 20.0) ** -exponent[-1])
    assert f"after 1000 s the median of the highest level is {100 * kept:.3g} %" in folder.summary


def test_a_model_without_time_says_so(soft):
    assert soft.metrics["retention"] is None
    assert "time changes nothing" in soft.summary


def test_spread_is_that_of_the_cells(tmp_path):
    device = SoftBounds(device_spread=0.2, cycle_noise=0.1)
    folder = run(Characterise(device=device, **SMALL), tmp_path / "run")
    switching = folder.read("switching")
    expected = np.quantile(switching["set"].astype(float), [0.05, 0.5, 0.95])
    np.testing.assert_allclose(switching["quantiles"][8], expected, rtol=1e-6)
    assert switching["quantiles"][8, 0] < switching["quantiles"][8, 2]
    again = run(Characterise(device=device, **SMALL | {"seed": 1}), tmp_path / "again")
    assert not np.array_equal(again.read("switching")["set"], switching["set"])


def test_where_widths_end_for_a_model_its_widest_one_stands_in():
    trains = find_trains(UCSB.preset("nili2020"), 4, 0.9, 3)
    assert trains.set_width < 0.09
    assert 0.09 < trains.reset_width <= 0.1


def test_a_device_that_switches_at_once_gets_pulses_of_a_plain_width():
    trains = find_trains(Synaptogen().noise_free(), 4, 0.9, 3)
    assert (trains.set_width, trains.reset_width) == (1e-6, 1e-6)


def test_a_stopped_run_goes_on_from_its_trains(tmp_path, monkeypatch):
    study = Characterise(device=SoftBounds(), **SMALL)
    whole = run(study, tmp_path / "whole")
    with RunFolder.at(tmp_path / "part", study) as folder:
        folder.write("trains", **whole.read("trains"))
        monkeypatch.setattr("mho.studies.characterise.characterise.find_trains", None)
        complete(study, folder)
    assert folder.metrics == whole.metrics
    assert isinstance(Trains.stored(folder.read("trains")).level, torch.Tensor)


def test_report_and_summary_are_drawn_out_of_the_run_folder_alone(tmp_path):
    for name, device in (("noisy", PhaseChange.preset("nandakumar2019")), ("plain", SoftBounds())):
        folder = run(Characterise(device=device, **SMALL), tmp_path / name)
        page = write_report(RunFolder(folder.path), "Characterise").read_text(encoding="utf-8")
        assert page.count("<svg") == 5
        assert type(device).__name__ in page
        assert ("time changes nothing" in page) == (name == "plain")
        picture = write_summary(folder.path, "Characterise", tmp_path)
        assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"pulses": 0}, "`pulses` must be at least 1"),
        ({"traces": 7}, "`traces` must be at least 1 and at most 6"),
        ({"share": 1.0}, "`share` must be greater than 0 and at most 0.99"),
        ({"rests": (2.0, 1.0)}, "`rests` must be positive and rise"),
        ({"rests": (0.0, 1.0)}, "`rests` must be positive and rise"),
    ],
)
def test_impossible_settings_are_refused(setting, message):
    with pytest.raises(ValueError, match=message):
        Characterise(device=JartTUD(), **SMALL | setting)


def test_a_device_that_cannot_be_switched_is_refused():
    slow = SoftBounds(tau=1e9)
    with pytest.raises(ValueError, match="must go 90 % of its way in 8 pulses of 1 V"):
        find_trains(slow, 8, 0.9, 3)
