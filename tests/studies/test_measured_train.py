"""The study of a measured pulse train finds a cell that moves, and says what is missing."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mho import Pulse
from mho.core.random import generator
from mho.devices import PowerStep
from mho.studies.measured_train import MeasuredTrain
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, load, loads
from mho.studies.study import Silent

ROOT = Path(__file__).parents[2]


def write_train(path, pulses=120):
    """Up and down pulses on a cell that steps clearly, in the layout of the measured file."""
    device = PowerStep(up_step=0.03, up_power=1.5, down_step=0.03, down_power=1.5, write_noise=0.01)
    stream = generator(0)
    state, sides = device.fabricate((1, 1), stream), []
    for amplitude in (device.set_voltage, device.reset_voltage):
        reads = []
        for _ in range(pulses):
            pulse = Pulse.uniform((1, 1), amplitude=amplitude, width=1e-6)
            state = device.apply(state, pulse, stream)
            reads.append(float((device.conductance(state) - 55e-6) / 45e-6))
        sides.append(reads)
    np.savetxt(path / "rram_pulses_gong.csv", np.array(sides).T, delimiter=",")


def test_a_cell_that_pulses_move_is_told_from_one_at_rest_and_its_preset_loads(
    tmp_path, monkeypatch
):
    write_train(tmp_path)
    monkeypatch.setenv("MHO_DATA", str(tmp_path))
    study = loads(dump(MeasuredTrain()))
    with RunFolder.at(tmp_path / "run", study) as folder:
        result = study.run(folder, Silent())
    models = result.metrics["models"]
    chosen = models[result.metrics["chosen"]]
    assert chosen["ahead"] > 2 * chosen["error"]
    assert all(chosen["ahead"] >= m["ahead"] - 3 * m["error"] for m in models.values())
    assert result.metrics["residual"] < 0.05
    assert "chosen" in str(result)
    text = (tmp_path / "run" / "gong2018.toml").read_text(encoding="utf-8")
    assert f'type = "{result.metrics["chosen"]}"' in text
    assert torch.isfinite(torch.tensor(result.metrics["memory"]))


def test_without_the_measured_train_the_study_says_where_it_is_from(tmp_path, monkeypatch):
    monkeypatch.setenv("MHO_DATA", str(tmp_path))
    study = load(ROOT / "studies" / "fit_gong.toml")
    with (
        RunFolder.at(tmp_path / "run", study) as folder,
        pytest.raises(FileNotFoundError, match=r"rram_pulses_gong.csv is needed, .*Gong et al"),
    ):
        complete(study, folder)
