"""One pulse on cells in use: what schemes reach, and what none can surpass."""

import re
from dataclasses import replace

import pytest
import torch

from mho.devices import SoftBounds
from mho.programming import NoiseFreeInverse
from mho.programming.predictor import (
    Looks,
    PulsePredictor,
    RangePredictor,
    Recording,
    SquaredTime,
    Stage,
)
from mho.reports import write_report, write_summary
from mho.studies.predict_pulses import (
    NETWORKS,
    Bound,
    PredictPulses,
    Training,
    Verification,
)
from mho.studies.predict_pulses.bound import _best
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, loads

BRIEF = (Stage(loss=SquaredTime(), epochs=20),)
RECORDING = Recording(cells=100, targets=4, warm_up=1, step=2e-8, longest=1e-4)
TWO = RangePredictor(predictor=PulsePredictor(recording=RECORDING, stages=BRIEF), parts=2)
SMALL = PredictPulses(
    device=SoftBounds(cycle_noise=0.1),
    recording=RECORDING,
    networks={"ours": Training(stages=BRIEF, looks=Looks(longest=1e-4))},
    schemes={"noise_free": NoiseFreeInverse(), "two": TWO},
    low=15e-6,
    high=95e-6,
    starts=4,
    targets=5,
    cells=6,
    verification=Verification(pulses=3, targets=(50e-6,)),
    bound=Bound(copies=8, states=3, futures=24, times=120, longest=1e-5),
    seeds=(0, 1),
)


def run(study, path):
    with RunFolder.at(path, study) as folder:
        complete(study, folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return run(SMALL, tmp_path_factory.mktemp("data") / "run")


def test_no_scheme_is_better_than_the_bound(folder):
    bound = folder.metrics["bound"]
    for way in ("set", "reset"):
        for name in ("noise_free", "ours"):
            figures = folder.metrics[name][way]
            assert figures["rpd"]["mean"] > 0.9 * bound["reads"][way]["chosen"]["mean"]
            assert figures["over_bound"]["mean"] == pytest.approx(
                figures["rpd"]["mean"] / bound["reads"][way]["rpd"]["mean"], rel=0.2
            )


def test_several_networks_learn_anew_with_each_seed_and_say_how_long_their_pulses_are(folder):
    first, second = (folder.read(f"two-seed{seed}")["time"] for seed in (0, 1))
    assert (first != second).any()
    time = folder.metrics["two"]["pulse_time"]
    assert 0 < time["median"]["mean"] < time["p99"]["mean"] <= 1e-4


def test_a_pulse_chosen_on_some_futures_is_worse_on_others(folder):
    for knowledge in folder.metrics["bound"].values():
        for way in (knowledge, knowledge["set"], knowledge["reset"]):
            assert way["chosen"]["mean"] < way["rpd"]["mean"]


def test_only_knowing_the_state_helps_where_cells_differ_but_nothing_is_random():
    # No pulse, two SETs and two RESETs on two cells, of which one goes twice as far.
    far = torch.tensor([[90.0, 90.0], [10.0, 20.0], [20.0, 40.0], [70.0, 70.0], [60.0, 60.0]])
    landed = far[..., None].expand(-1, -1, 4)
    known, chosen, half, longest = _best(landed, 20.0)
    assert (known, chosen, half, longest) == (0.0, 0.0, 1.0, 0.5)
    # One pulse for both: with 10 the first is off by half and the second right.
    mixed = landed.transpose(1, 2).flatten(1)[:, None]
    unknown, chosen, half, longest = _best(mixed, 20.0)
    assert unknown == chosen == pytest.approx(0.25)
    assert (half, longest) == (0.5, 0.0)


def test_the_error_and_the_share_are_those_of_futures_on_which_no_pulse_was_chosen():
    # Without the first future the RESET looks better, which is wrong for the first one.
    landed = torch.tensor([[9.0] * 4, [1.0, 1.0, 3.0, 3.0], [3.0, 3.0, 1.0, 1.0]])[:, None]
    assert _best(landed, 1.0) == (2.0, 1.0, 0.0, 1.0)


def test_without_noise_the_inverse_hits_and_the_bounds_are_as_fine_as_their_times(tmp_path):
    schemes = {"noise_free": NoiseFreeInverse()}
    quiet = replace(SMALL, device=SoftBounds(), networks={}, schemes=schemes, seeds=(0,))
    metrics = run(quiet, tmp_path / "run").metrics
    assert metrics["noise_free"]["rpd"]["mean"] < 1e-3
    assert metrics["noise_free"]["within_half"]["mean"] == 1.0
    assert metrics["noise_free"]["wrong_way"]["mean"] == 0.0
    within = metrics["noise_free"]["verify"]["within_5"]
    assert within["median"]["mean"] == within["p95"]["mean"] == 1.0
    for knowledge in metrics["bound"].values():
        assert knowledge["chosen"]["mean"] <= knowledge["rpd"]["mean"] < 0.02
        assert knowledge["within_half"]["mean"] == 1.0


def test_finished_schemes_are_not_computed_again(folder, tmp_path, monkeypatch):
    again = RunFolder.at(tmp_path / "run", SMALL)
    for shard in folder.shards:
        if shard != "noise_free-seed1":
            again.write(shard, **folder.read(shard))
    monkeypatch.setattr(Recording, "record", lambda *_: pytest.fail("records are not needed"))
    complete(SMALL, again)
    again.close()
    assert again.metrics == folder.metrics


def test_the_report_and_the_picture_are_drawn_into_files(folder, tmp_path):
    assert "pulses to 5 %" in folder.summary
    picture = write_summary(folder.path, "PredictPulses", tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")
    page = write_report(folder, "PredictPulses").read_text()
    labels = re.findall(r'<svg role="img" aria-label="([^"]+)"', page)
    assert len(labels) == len(set(labels)) == 8
    for name in ("noise_free", "ours"):
        figures = folder.metrics[name]["set"]["rpd"]
        shown = f"<th>{name}</th><td>{100 * figures['mean']:.1f} ± {100 * figures['std']:.1f}</td>"
        assert shown in page


def test_settings_survive_the_round_trip_and_impossible_ones_are_refused():
    assert loads(dump(SMALL)) == SMALL
    assert loads('study = "PredictPulses"').networks == NETWORKS
    with pytest.raises(ValueError, match="`networks` must have names of their own"):
        replace(SMALL, schemes={"ours": NoiseFreeInverse()})
    with pytest.raises(ValueError, match=r"`high` must be greater than 1\.5e-05"):
        replace(SMALL, high=15e-6)
    with pytest.raises(ValueError, match="`seeds` must hold at least one"):
        replace(SMALL, seeds=())
    with pytest.raises(ValueError, match="`cells` must be at least 4"):
        replace(SMALL, cells=2)
    with pytest.raises(ValueError, match="`stages` must hold at least one"):
        Training(stages=())
