"""Levels of small runs are those that their devices must have."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mho.bench import SimulatedBench
from mho.core import Pulse
from mho.devices import FourTerminal, SoftBounds
from mho.devices.time import Ageing
from mho.programming import FeedforwardPulse
from mho.programming.feedforward import IdenticalPulses, LinearConductance, LinearResistance
from mho.reports import write_report, write_summary
from mho.studies.feedforward_levels import Correction, FeedforwardLevels, Learning
from mho.studies.feedforward_levels.resolved import Resolved
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, loads

SIZES = tuple(round(0.4 + 0.1 * k, 1) for k in range(17))
PULSES = IdenticalPulses(amplitudes=SIZES, width=2e-8, pulses=50, repeats=2, start_amplitude=1.5)
SMALL = FeedforwardLevels(
    device=SoftBounds(cycle_noise=0.05),
    scheme=FeedforwardPulse(
        scale=LinearConductance(margin=0.05), set_pulses=80, reset_pulses=60, width=2e-8
    ),
    characterisation=PULSES,
    levels=(40, 16),
    cells=3,
    cycles=2,
    correction=Correction(),
    learning={
        "worn": Learning(
            characterisation=replace(PULSES, amplitudes=SIZES[::4], pulses=10, repeats=1),
            cells=2,
            cycles=3,
            ageing=Ageing(lifetime=100.0, slope=1.0, spread=0.0),
        )
    },
    seeds=(0, 1),
)


def run(study, path):
    with RunFolder.at(path, study) as folder:
        complete(study, folder)
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return run(SMALL, tmp_path_factory.mktemp("levels") / "run")


def test_a_small_run_has_the_pulses_that_were_asked_for_and_straight_levels(small):
    metrics = small.metrics
    assert metrics["sweeps"] == 6
    for name, pulses in (("set", 80), ("reset", 60)):
        part = metrics[name]
        assert part["events"]["mean"] == pytest.approx(pulses, rel=0.06)
        assert len(part["events"]["values"]) == 2
        levels = part["levels"]["16"]
        assert levels["skipped"]["mean"] == 0
        assert levels["nlf"]["mean"] < 0.01
        assert abs(levels["nu_from_zero"]["mean"]) < 0.1 * levels["nu"]["mean"]
    assert metrics["ratio"] == pytest.approx(95.5 / 14.5)


def test_events_and_powers_are_those_of_the_stored_sweeps(small):
    stored = small.read("seed0-sweeps")
    for name in ("set", "reset"):
        reads = (~np.isnan(stored[f"{name}_value"])).sum(1)
        np.testing.assert_array_equal(stored[f"{name}_events"], reads - 1)
        assert (stored[f"{name}_power"] > 0).all()


def test_write_and_verify_meets_levels_and_says_what_it_costs(small):
    for name in ("set", "reset"):
        corrected = small.metrics["corrected"][name]
        assert corrected["skipped"]["mean"] == 0
        assert corrected["nlf"]["mean"] < 0.5 / 40  # within half a level
        assert corrected["pulses"]["mean"] > 40


def test_a_scheme_that_learns_says_how_many_pulses_it_took(small):
    worn = small.metrics["learning"]["worn"]
    stored = small.read("seed0-worn")
    curves = small.read("seed0-curves")
    assert stored["full"] == curves["set_pulses"] + curves["reset_pulses"]
    assert worn["effort"]["values"][0] == pytest.approx(
        (stored["before"] + stored["first"]) / stored["full"]
    )
    assert worn["calibrated"]["set"]["error"]["mean"] > 0.02


def test_the_curves_hold_what_every_pulse_changed(small):
    curves = small.read("seed0-curves")
    assert curves["set_value"].shape == (17, 51)
    assert curves["set_change"].shape == (17, 2 * 50)
    assert (curves["set_reproducibility"] > 0.99).all()


def test_a_stopped_run_continues_with_the_same_numbers(small, tmp_path):
    with RunFolder.at(tmp_path / "part", SMALL) as folder:
        for name in ("seed0-curves", "seed0-sweeps"):
            folder.write(name, **small.read(name))
        complete(SMALL, folder)
    assert folder.metrics == small.metrics


def test_report_and_summary_are_drawn_out_of_the_run_folder_alone(small, tmp_path):
    page = write_report(RunFolder(small.path), "FeedforwardLevels").read_text(encoding="utf-8")
    assert page.count("<svg") == 9
    assert "write-and-verify" in page
    picture = write_summary(small.path, "FeedforwardLevels", tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_device_alone_gets_a_scheme_that_is_found_for_it(tmp_path):
    study = loads(
        'study = "FeedforwardLevels"\nlevels = [64]\ncells = 2\ncycles = 1\nseeds = [0]\n'
        '[device]\ntype = "SoftBounds"\n'
    )
    assert loads(dump(study)) == study
    folder = run(study, tmp_path / "run")
    for name in ("set", "reset"):
        assert folder.metrics[name]["events"]["mean"] == pytest.approx(500, rel=0.05)
        assert folder.metrics[name]["levels"]["64"]["nlf"]["mean"] < 0.002
    page = write_report(folder, "FeedforwardLevels").read_text(encoding="utf-8")
    assert page.count("<svg") == 5


def test_an_instrument_reads_whole_steps_of_its_resolution():
    device = FourTerminal.preset("ffp2025")
    bench = Resolved(SimulatedBench(device, (1, 2)), voltage=0.1, resolution=10e-9)
    bench.apply(Pulse.uniform((1, 2), amplitude=2.0, width=0.8))
    current = 0.1 * bench.read() / 10e-9
    torch.testing.assert_close(current, current.round(), rtol=0, atol=1e-6)
    assert float((bench.read() - bench.bench.read()).abs().max()) <= 0.5 * 10e-9 / 0.1
    assert torch.equal(bench.energy, bench.bench.energy)


def test_heat_skips_levels_in_potentiation_above_all_and_none_of_a_few(tmp_path):
    study = FeedforwardLevels(
        device=FourTerminal.preset("ffp2025"),
        scheme=FeedforwardPulse(
            scale=LinearResistance(),
            set_pulses=665,
            reset_pulses=665,
            width=0.8,
            strongest=1.75,
        ),
        levels=(512, 32),
        cells=12,
        cycles=1,
        seeds=(0,),
    )
    metrics = run(study, tmp_path / "run").metrics
    many, few = (metrics[name]["levels"]["512"]["skipped"]["mean"] for name in ("set", "reset"))
    assert many > 40
    assert many > 4 * few
    assert [metrics[name]["levels"]["32"]["skipped"]["mean"] for name in ("set", "reset")] == [0, 0]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"cells": 0}, "`cells` must be at least 1"),
        ({"levels": ()}, "`levels` must hold at least one"),
        ({"levels": (32, 512)}, "`levels` must fall, and be at least 3"),
        ({"levels": (2,)}, "`levels` must fall, and be at least 3"),
        ({"characterisation": None}, "`characterisation` must be given where there is `learning`"),
        ({"seeds": ()}, "`seeds` must hold at least one"),
    ],
)
def test_impossible_settings_are_refused(setting, message):
    with pytest.raises(ValueError, match=message):
        replace(SMALL, **setting)
