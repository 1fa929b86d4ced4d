"""Program errors of schemes and of feedforward sweeps, from outcomes to the saved file."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
import torch

from mho.core.random import generator
from mho.devices import SoftBounds
from mho.programming import (
    LevelGrid,
    NoiseFreeInverse,
    Origin,
    Outcomes,
    ProgramError,
)
from mho.programming.feedforward import FeedforwardPulse, LinearConductance
from mho.reports import write_summary
from mho.studies.closed_loop import Scheme
from mho.studies.program_errors import ProgramErrors, Programmed, Source, Swept
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


SWEPT = Swept(
    device=GRADUAL,
    scheme=FeedforwardPulse(
        scale=LinearConductance(margin=0.05), set_pulses=100, reset_pulses=100, width=2e-7
    ),
    levels=16,
    cells=40,
    cycles=1,
)


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
    study = ProgramErrors(sources={"sweeps": SWEPT}, drawn=500, seeds=(0,))
    folder = run(study, tmp_path / "run")
    figures, fit = folder.metrics["sweeps"], folder.read("sweeps-error")
    error = ProgramError.load(tmp_path / "run" / "sweeps.toml")
    assert isinstance(error.grid, LevelGrid)
    assert figures["points"] == 16
    assert (fit["freedom"] >= 1.5).all()
    assert (fit["freedom"] <= 100).all()
    step = (fit["points"][-1] - fit["points"][0]) / 100
    assert 0.05 * step < np.median(fit["scale"]) < 2 * step
    picture = write_summary(tmp_path / "run", "ProgramErrors", tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_sweeps_in_either_direction_send_cells_to_the_same_levels():
    falling = replace(SWEPT, rises=False, levels=8).outcomes(0)
    rising = replace(SWEPT, levels=8).outcomes(0)
    torch.testing.assert_close(falling.grid.points, rising.grid.points)
    step = rising.grid.points.diff()[0] * 7 / 100
    for outcomes in (rising, falling):
        assert (outcomes.achieved - outcomes.target).abs().mean() < 2 * step


def test_what_counts_is_what_a_cell_holds_and_not_its_share_of_a_sweep():
    few = replace(SWEPT, levels=4).outcomes(0)
    low, high = SWEPT.limits()
    assert few.grid.points[[0, -1]].tolist() == pytest.approx([low, high])
    # Sweeps turn where a pulse has led them beyond the ends, each at a place of its own.
    for end in (low, high):
        missed = (few.achieved - end)[few.target == end]
        assert missed.abs().min() > 0
        assert missed.std() > (high - low) / 1000


def test_the_published_sweeps_are_a_preset():
    sweeps = Swept.preset("ffp2025", levels=8)
    assert sweeps.limits() == pytest.approx((1 / 880, 1 / 740))
    assert sweeps.of_levels(512) == Swept.preset("ffp2025")
    with pytest.raises(ValueError, match="`name` must be one of ffp2025, but is ffp"):
        Swept.preset("ffp")


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

    def limits(self):
        return 1e-4, 2e-4

    def of_levels(self, levels):
        return self


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
    schemes = {"one_pulse", "write_and_verify", "identical_pulses", "used_cells"}
    sweeps = {"potentiation_32", "potentiation_128", "potentiation_512", "depression_512"}
    assert set(study.sources) == schemes | sweeps
    with pytest.raises(ValueError, match="`sources` must hold at least one"):
        ProgramErrors(sources={})
    with pytest.raises(ValueError, match="`folds` must be at least 2"):
        ProgramErrors(folds=1)
    with pytest.raises(ValueError, match=r"`low` must be at least 1e-05"):
        Programmed(device=GRADUAL, low=1e-6)
