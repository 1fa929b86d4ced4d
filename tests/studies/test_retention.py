"""The studies of relaxation and read noise find what made the cells, and say what is missing."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from mho.devices import InTime, Relaxation, SoftBounds, TelegraphNoise
from mho.reports import write_summary
from mho.studies.retention import NoiseSpectrum, Retention
from mho.studies.retention.retention import relaxation_measurement
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, loads

ROOT = Path(__file__).parents[2]
DATA = os.environ.get("MHO_DATA")
needs_data = pytest.mark.skipif(DATA is None, reason="MHO_DATA names no folder of measured data")


def run(study, path):
    with RunFolder.at(path, study) as folder:
        complete(study, folder)
    return folder


def write_relaxation(path, law, cells=200, levels=16):
    level = torch.arange(levels).repeat_interleave(cells)
    start = (1.25e-6 + 2.4e-6 * level).double()
    time = torch.tensor([0.0, 0.01, 0.1, 1.0, 4.0, 1e5], dtype=torch.float64)
    later = law.histories(start, time[1:], torch.Generator().manual_seed(5))
    conductance = torch.cat([start[None], later]).T
    conductance[::2, 4] = torch.nan
    arrays = {"g_uS": 1e6 * conductance, "t_s": time, "level": level}
    np.savez(path / "rram_relaxation_techC.npz", **{k: v.numpy() for k, v in arrays.items()})


def test_cells_of_the_law_itself_are_predicted_as_well_as_chance_allows(tmp_path, monkeypatch):
    write_relaxation(tmp_path, Relaxation.preset("tech_c"))
    monkeypatch.setenv("MHO_DATA", str(tmp_path))
    folder = run(Retention(repeats=20, pooled=2, seeds=(0,)), tmp_path / "run")
    metrics = folder.metrics
    assert metrics["time"] == [0.01, 0.1, 1.0, 1e5]
    assert metrics["left_out"]["4s"]["unread"] == 0.5
    assert metrics["left_out"]["4s"]["selection"] == pytest.approx(1.0, abs=0.1)
    assert metrics["all"]["worst"]["mean"] < 0.15
    # To the chance of the measurement comes that of a fit to as many cells.
    for name in ("level", "pooled"):
        kind = metrics[name]
        assert kind["error"]["mean"] < 1.5 * kind["sampling_error"]["mean"]
    gains = [metrics["likelihood"][name]["mean"] for name in ("relaxation", "bursts", "power_law")]
    assert gains[0] > gains[1] > 0 > gains[2]
    assert "Within 10 %" in folder.summary
    picture = write_summary(tmp_path / "run", "Retention", tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert Relaxation.load(tmp_path / "run" / "relaxation_tech_c.toml").ceiling == 50e-6


def test_a_simulated_spectrum_is_the_measured_one(tmp_path, monkeypatch, generator):
    noise = TelegraphNoise(corners=(0.3, 3.0, 30.0), amplitudes=(0.03, 0.01, 0.005))
    device = InTime(device=SoftBounds(), effect=noise)
    state, read = device.fabricate((1, 2), generator), []
    for _ in range(3000):
        state = device.relax(state, 1 / 400, generator)
        read.append(device.conductance(state)[0])
    series = 1e6 * torch.stack(read, -1) * torch.tensor([[1.0], [4.0]])
    np.savez(tmp_path / "rram_noise_techA.npz", g_uS=series.numpy(), fs=400.0)
    monkeypatch.setenv("MHO_DATA", str(tmp_path))
    study = NoiseSpectrum(settling=0.0, segment=512, copies=64)
    folder = run(study, tmp_path / "run")
    assert list(folder.metrics) == ["10us", "40us"]
    for cell in folder.metrics.values():
        assert cell["above"]["error"] < 2 * cell["above"]["sampling_error"]
        assert cell["exponent"]["simulated"] == pytest.approx(cell["exponent"]["measured"], abs=0.2)
    picture = write_summary(tmp_path / "run", "NoiseSpectrum", tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_data_that_is_not_there_is_said_to_be_missing_and_where_it_is_from(tmp_path, monkeypatch):
    monkeypatch.setenv("MHO_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"github\.com/akashlevy/RRAM-Relaxation"):
        run(Retention(), tmp_path / "run")
    monkeypatch.delenv("MHO_DATA")
    with pytest.raises(FileNotFoundError, match="MHO_DATA names no folder"):
        run(NoiseSpectrum(), tmp_path / "other")


def test_settings_survive_the_round_trip_and_impossible_ones_are_refused():
    for study in (Retention(seeds=(3,)), NoiseSpectrum(copies=2)):
        assert loads(dump(study)) == study
    with pytest.raises(ValueError, match="`seeds` must hold at least one"):
        Retention(seeds=())


@pytest.mark.parametrize(
    ("run_name", "model"), [("retention", Relaxation), ("noise_spectrum", TelegraphNoise)]
)
def test_the_shipped_presets_are_those_of_the_stored_runs(run_name, model):
    left = {path.name: path.read_text() for path in (ROOT / "results" / run_name).glob("*_*.toml")}
    shipped = ROOT / "src" / "mho" / "devices" / "presets"
    assert left == {name: (shipped / name).read_text() for name in left}
    assert len(left) == len(model.presets())


@needs_data
def test_the_shipped_relaxation_has_the_measured_spread_of_all_cells():
    cells, law = relaxation_measurement(), Relaxation.preset("tech_c")
    start = cells.conductance[:, 0]
    generator = torch.Generator().manual_seed(0)
    change = law.histories(start.expand(5, -1), cells.time[1:], generator) - start
    for time in (0, 1, 2, 4):
        seen = (cells.conductance[:, time + 1] - start)[~cells.conductance[:, time + 1].isnan()]
        assert change[time].std().item() == pytest.approx(seen.std().item(), rel=0.1)
