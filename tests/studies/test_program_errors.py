"""Program errors of schemes and of feedforward sweeps, from outcomes to the saved file."""

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
import torch

from mho.core import Pulse
from mho.core.random import generator
from mho.devices import FourTerminal, SoftBounds
from mho.programming import (
    LevelGrid,
    NoiseFreeInverse,
    Origin,
    Outcomes,
    ProgramError,
)
from mho.reports import write_summary
from mho.studies.closed_loop import Scheme
from mho.studies.program_errors import ProgramErrors, Programmed, Source
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, load, loads

GRADUAL = SoftBounds(cycle_noise=0.3)
ONE_PULSE = Programmed(
    device=GRADUAL,
    scheme=Scheme(programmer=NoiseFreeInverse(resolution=5e-3), tolerance=0.0),
    cells=400,
    low=15e-6,
    high=85e-6,
    knots=5,
)
VERIFIED = replace(ONE_PULSE, scheme=replace(ONE_PULSE.scheme, tolerance=0.05, max_pulses=20))


@dataclass(frozen=True, kw_only=True)
class FeedforwardSweeps(Source):
    """Sweeps of a four-terminal cell, each pulse of the amplitude that suits where the cell is."""

    levels: int = 64
    sweeps: int = 66
    step: float = 0.2835

    def outcomes(self, seed):
        device, source = FourTerminal.preset("ffp2025"), generator(seed)
        amplitudes = torch.arange(0.3, 4.05, 0.1, dtype=torch.float64)
        places = torch.linspace(739, 881, 143, dtype=torch.float64)
        table = amplitudes[self._steps(device, places, amplitudes).sub(self.step).abs().argmin(1)]
        state = device.fabricate((1, self.sweeps), source)
        reads = [state.resistance[0]]
        width = torch.full((1, self.sweeps), 0.8, dtype=torch.float64)
        for _ in range(620):
            place = (state.resistance - places[0]).round().long().clamp(0, len(places) - 1)
            state = device.apply(state, Pulse(table[place], width), source)
            reads.append(state.resistance[0])
        sweep = torch.stack(reads, 1)  # (sweeps, events), ohm
        wanted = torch.linspace(742, 879, self.levels, dtype=torch.float64)
        event = (sweep[:, None] - wanted[:, None]).abs().argmin(2)
        return Outcomes.of_sweeps(1 / wanted, 1 / sweep.gather(1, event))

    def origin(self, seeds):
        outcomes = f"{self.sweeps} sweeps of {self.levels} levels for each of the seeds {seeds}"
        return Origin(scheme="feedforward", device="FourTerminal ffp2025", outcomes=outcomes)

    def _steps(self, device, places, amplitudes):
        quiet = device.noise_free()
        fresh = quiet.fabricate((len(places), len(amplitudes)), torch.Generator())
        state = replace(fresh, resistance=places[:, None].expand_as(fresh.energy).contiguous())
        pulse = Pulse(
            amplitudes.expand_as(fresh.energy).contiguous(), torch.full_like(fresh.energy, 0.8)
        )
        after = quiet.apply(state, pulse, torch.Generator()).resistance
        return state.resistance - after


def run(study, path):
    with RunFolder.at(path, study) as folder:
        complete(study, folder)
    return folder


def test_schemes_yield_errors_of_their_own_that_are_drawn_and_saved(tmp_path):
    sources = {"one_pulse": ONE_PULSE, "verified": VERIFIED}
    study = ProgramErrors(sources=sources, drawn=500, seeds=(0, 1))
    folder = run(study, tmp_path / "run")
    one, verified = folder.metrics["one_pulse"], folder.metrics["verified"]
    assert one["points"] == 5
    assert verified["error"]["mean"] < 0.05 < 3 * one["error"]["mean"]
    assert one["distance"]["mean"] < 0.1
    error = ProgramError.load(tmp_path / "run" / "one_pulse.toml")
    assert "NoiseFreeInverse" in error.origin.scheme
    assert "cycle_noise=0.3" in error.origin.device
    stored = folder.read("one_pulse-error")
    assert torch.equal(error.scale, torch.from_numpy(stored["scale"]))
    assert stored["drawn"].std() > 0
    assert "verified" in folder.summary
    picture = write_summary(tmp_path / "run", "ProgramErrors", tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_feedforward_sweeps_yield_an_error_for_each_level(tmp_path):
    study = ProgramErrors(sources={"sweeps": FeedforwardSweeps()}, drawn=500, seeds=(0,))
    folder = run(study, tmp_path / "run")
    figures, fit = folder.metrics["sweeps"], folder.read("sweeps-error")
    error = ProgramError.load(tmp_path / "run" / "sweeps.toml")
    assert isinstance(error.grid, LevelGrid)
    assert figures["points"] == 64
    assert (fit["freedom"] >= 1.5).all()
    assert (fit["freedom"] <= 100).all()
    # The nearest of events 0.28 ohm apart is off by 0.07 ohm on average, 1e-4 of the resistance.
    assert figures["error"]["mean"] == pytest.approx(0.07 / 810, rel=0.25)
    # Between two events errors are even, which no t is: shown, not hidden.
    assert figures["over_gaussian"]["mean"] == pytest.approx(0.0, abs=0.05)
    assert figures["below"]["mean"] + figures["above"]["mean"] < 0.01


@dataclass(frozen=True, kw_only=True)
class Counted(Source):
    """Levels that are missed by a normal number, and the seeds that were asked for."""

    asked: ClassVar = []

    def outcomes(self, seed):
        self.asked.append(seed)
        levels = torch.linspace(1e-4, 2e-4, 4, dtype=torch.float64)
        normal = torch.randn(40, 4, dtype=torch.float64, generator=generator(seed))
        return Outcomes.of_sweeps(levels, levels + 1e-7 * normal)

    def origin(self, seeds):
        return Origin(scheme="none", device="none", outcomes=f"seeds {seeds}")


def test_what_a_run_has_stored_is_not_made_again(tmp_path):
    study = ProgramErrors(sources={"counted": Counted()}, drawn=100, seeds=(0, 1))
    whole = run(study, tmp_path / "whole")
    Counted.asked.clear()
    with RunFolder.at(tmp_path / "other", study) as folder:
        folder.write("counted-seed0", **whole.read("counted-seed0"))
        complete(study, folder)
    assert Counted.asked == [1]
    assert folder.metrics == whole.metrics


def test_settings_survive_the_round_trip_and_impossible_ones_are_refused(pytestconfig):
    study = load(pytestconfig.rootpath / "studies" / "program_errors.toml")
    assert loads(dump(study)) == study
    assert set(study.sources) == {"one_pulse", "write_and_verify", "identical_pulses", "used_cells"}
    with pytest.raises(ValueError, match="`sources` must hold at least one"):
        ProgramErrors(sources={})
    with pytest.raises(ValueError, match="`folds` must be at least 2"):
        ProgramErrors(folds=1)
    with pytest.raises(ValueError, match=r"`low` must be at least 1e-05"):
        Programmed(device=GRADUAL, low=1e-6)
