"""`mho train`: a model of one's own learns in cells."""

import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from mho.cli import app
from mho.cli.train import training_study
from mho.studies.in_memory_training import FashionByLenet

MINE = """
from torch import nn

def build():
    return nn.Sequential(nn.Linear(8, 12), nn.ReLU(), nn.Linear(12, 2))
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A module with a model, and points on either side of a plane."""
    random = np.random.default_rng(0)
    arrays = {}
    for part, count in (("train", 600), ("test", 100)):
        points = random.standard_normal((count, 8)).astype(np.float32)
        arrays |= {f"x_{part}": points, f"y_{part}": (points.sum(1) > 0).astype(np.int64)}
    np.savez(tmp_path / "mine.npz", **arrays)
    (tmp_path / "mine_to_train.py").write_text(MINE)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    monkeypatch.chdir(tmp_path)
    return arrays


CALL = ["train", "mine_to_train:build", "--data", "mine.npz", "--set", "seeds=[0]", "--set"]


def test_a_model_of_ones_own_learns_in_cells(mine):
    rules = 'rules={digital={type="Digital"},pulsed={type="Pulsed", lr=0.5}}'
    result = CliRunner().invoke(app, [*CALL, rules, "--set", "images=600", "--set", "batch=20"])
    assert result.exit_code == 0, result.output
    accuracies = [float(line.split()[1]) for line in result.stdout.splitlines() if "+-" in line]
    assert len(accuracies) == 2
    assert min(accuracies) > 85.0


def test_what_cannot_be_trained_is_refused(mine, tmp_path):
    def refusal(*arguments):
        result = CliRunner().invoke(app, ["train", *arguments])
        assert result.exit_code == 2
        return result.stderr

    assert "`model` must be one of mlp, lenet5, resnet34" in refusal("vgg")
    assert "`data` must be given for a model of your own" in refusal("mine_to_train:build")
    assert "`rule` must be one of digital," in refusal("mlp", "--rule", "guess")
    np.savez(tmp_path / "half.npz", **{k: v for k, v in mine.items() if k != "y_train"})
    call = ["mine_to_train:build", "--data", "half.npz", "--rule", "digital"]
    assert "`pictures` must hold `y_train`" in refusal(*call)


def test_rules_are_chosen_by_name_and_all_of_them_learn_otherwise():
    chosen = training_study("lenet5", None, ["mixed_9"], ["epochs=2"])
    assert (chosen.task, list(chosen.rules), chosen.epochs) == (FashionByLenet(), ["mixed_9"], 2)
    assert len(training_study("mlp", None, [], []).rules) > 5
