"""Networks written into cells of few bits."""

import shutil
import sys
import types
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from mho.devices import SoftBounds
from mho.nn import ColumnRange, Offset
from mho.programming import NoiseFreeInverse, ProgramError
from mho.reports import write_summary
from mho.studies.closed_loop import Scheme
from mho.studies.networks import CaltechResnet, FashionLenet, MnistMlp, OwnModel, Training, accuracy
from mho.studies.networks.models import ResNet, lenet5, mlp
from mho.studies.networks.pictures import Pictures, caltech_pictures, grey_pictures
from mho.studies.program_errors import ProgramErrors, Programmed, Swept
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, load, loads
from mho.studies.study import Silent
from mho.studies.weight_transfer import Exact, Fitted, WeightTransfer

GRADUAL = SoftBounds(cycle_noise=0.3)
ONE_PULSE = Fitted(
    source=Programmed(
        device=GRADUAL,
        scheme=Scheme(programmer=NoiseFreeInverse(resolution=5e-3), tolerance=0.0),
        cells=400,
        low=15e-6,
        high=85e-6,
        knots=5,
    )
)
STUDY = WeightTransfer(
    network=MnistMlp(training=Training(epochs=8, learning_rate=0.1, batch=20)),
    mappings={"one_cell": Offset(g_min=1e-6, g_max=2e-6, weights=ColumnRange())},
    schemes={"quantised": Exact(), "one_pulse": ONE_PULSE},
    bits=(1, 4, 8),
    images=100,
    calibration_images=20,
    seeds=(0, 1),
)


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Ten kinds of bright squares in noise, as the file of MNIST has its digits."""
    random = np.random.default_rng(0)
    arrays = {}
    for part, count in (("train", 400), ("test", 200)):
        labels = random.integers(0, 10, count)
        images = random.integers(0, 120, (count, 28, 28))
        for image, label in zip(images, labels, strict=True):
            row, column = divmod(int(label), 4)
            image[8 * row : 8 * row + 7, 7 * column : 7 * column + 6] += 130
        arrays |= {f"x_{part}": images.astype(np.uint8), f"y_{part}": labels.astype(np.uint8)}
    np.savez(tmp_path / "mnist.npz", **arrays)
    monkeypatch.setenv("MHO_DATA", str(tmp_path))
    return tmp_path


def run(study, path):
    with RunFolder.at(path, study) as folder:
        complete(study, folder)
    return folder


def test_more_bits_keep_more_until_the_digital_accuracy_is_met(data, tmp_path):
    folder = run(STUDY, tmp_path / "run")
    metrics = folder.metrics
    assert metrics["digital"] > 90
    errors = metrics["relative_error"]["one_cell"]["quantised"]
    assert errors["1"] > 5 * errors["4"] > 50 * errors["8"]
    assert metrics["accuracy"]["one_cell"]["quantised"]["8"]["mean"] == pytest.approx(
        metrics["digital"], abs=1
    )
    assert metrics["enough"]["one_cell"]["quantised"] in (1, 4, 8)
    # A pulse that misses by a tenth leaves an error that no number of levels removes.
    noisy = metrics["relative_error"]["one_cell"]["one_pulse"]
    assert noisy["8"] > 5 * errors["8"]
    assert len(metrics["accuracy"]["one_cell"]["one_pulse"]["4"]["values"]) == 2
    assert metrics["parameters"] == 235_146
    assert metrics["cells"]["one_cell"]["quantised"] == 784 * 256 + 256 * 128 + 128 * 10
    assert "within 1 from" in folder.summary
    taken = metrics["cost"]["one_cell"]["quantised"]
    # 784 + 256 + 128 rows, 256 + 128 + 10 columns; rows of layers on several tiles count for each.
    assert taken["conversions"] == 2 * 784 + 256 + 128 + 7 * 256 + 2 * 128 + 10
    assert 0 < taken["time"] < 1e-6
    assert " conversions" in folder.summary
    picture = write_summary(tmp_path / "run", "WeightTransfer", tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_what_a_run_has_stored_is_not_made_again(data, tmp_path, monkeypatch):
    whole = run(STUDY, tmp_path / "whole")
    with RunFolder.at(tmp_path / "other", STUDY) as folder:
        for shard in ("network", "one_cell-one_pulse-bits4"):
            folder.write(shard, **whole.read(shard))
        shutil.copy(whole.path / "one_pulse-error.toml", folder.path)
        monkeypatch.setattr(Training, "train", None)
        monkeypatch.setattr(Programmed, "outcomes", None)
        complete(STUDY, folder)
    assert folder.metrics == whole.metrics


def test_feedforward_levels_have_errors_of_their_own(data, tmp_path):
    sweeps = Swept(device=SoftBounds(cycle_noise=0.1), cells=12, cycles=1)
    scheme = Fitted(source=sweeps)
    study = replace(STUDY, schemes={"feedforward": scheme}, bits=(4,), seeds=(0,))
    folder = run(study, tmp_path / "run")
    low, high = scheme.limits()
    fitted = ProgramError.load(folder.path / "feedforward-error-16.toml")
    assert len(fitted.grid.points) == 16
    assert fitted.grid.points[[0, -1]].tolist() == pytest.approx([low, high])
    assert fitted.location.abs().max() < (high - low) / 15
    # The very error that the study of program errors fits to these sweeps.
    same = ProgramErrors(sources={"sweeps": replace(sweeps, levels=16)}, seeds=(0,), drawn=10)
    known = ProgramError.load(run(same, tmp_path / "errors").path / "sweeps.toml")
    for name in ("location", "scale", "freedom"):
        torch.testing.assert_close(getattr(fitted, name), getattr(known, name))
    quantised = run(replace(study, schemes={"quantised": Exact()}), tmp_path / "exact").metrics
    missed = folder.metrics["relative_error"]["one_cell"]["feedforward"]["4"]
    assert missed == pytest.approx(
        quantised["relative_error"]["one_cell"]["quantised"]["4"], rel=0.3
    )


def test_a_model_of_ones_own_with_pictures_of_its_own(tmp_path, monkeypatch):
    def build():
        torch.manual_seed(0)
        return nn.Sequential(nn.Conv1d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(18, 2))

    mine = types.ModuleType("mine")
    mine.build, mine.nothing = build, lambda: 3
    monkeypatch.setitem(sys.modules, "mine", mine)
    random = np.random.default_rng(0)
    x = random.random((40, 1, 8), dtype=np.float32)
    labels = build()(torch.from_numpy(x)).argmax(-1).numpy()
    np.savez(tmp_path / "mine.npz", x_train=x, x_test=x, y_test=labels)
    own = OwnModel(model="mine:build", pictures=str(tmp_path / "mine.npz"))
    study = replace(STUDY, network=own, schemes={"quantised": Exact()}, bits=(1, 10))
    metrics = run(study, tmp_path / "run").metrics
    assert metrics["digital"] == 100.0
    assert metrics["accuracy"]["one_cell"]["quantised"]["10"]["mean"] > 95
    with pytest.raises(ValueError, match=r"`model` must read package\.module:function"):
        OwnModel(model="mine", pictures="x")
    with pytest.raises(ValueError, match="`model` must name a module, but is 'not_there:model'"):
        OwnModel(model="not_there:model", pictures="x").trained(None, None)
    with pytest.raises(ValueError, match="and mine has no `unmade`"):
        OwnModel(model="mine:unmade", pictures="x").trained(None, None)
    with pytest.raises(ValueError, match="must name a function that answers a torch model"):
        OwnModel(model="mine:nothing", pictures="x").trained(None, None)


def test_networks_have_the_published_numbers_of_parameters():
    def parameters(model):
        return sum(p.numel() for p in model.parameters())

    assert parameters(mlp()) == 784 * 256 + 256 + 256 * 128 + 128 + 128 * 10 + 10
    assert parameters(lenet5()) == 80_064
    assert parameters(ResNet()) == 21_336_485


def test_missing_pictures_say_where_they_are_looked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("MHO_DATA", str(tmp_path))
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(FileNotFoundError, match=r"fashion_mnist\.npz.*install torchvision"):
        grey_pictures("FashionMNIST")
    with pytest.raises(FileNotFoundError, match=r"caltech101_s128\.webp\.zip is needed"):
        caltech_pictures("test", 3, 64)


def test_where_torchvision_is_its_loaders_fetch_the_pictures(monkeypatch, tmp_path):
    asked = []

    class Mnist:
        def __init__(self, root, train, download):
            asked.append((root, train, download))
            self.data = torch.full((3, 28, 28), 255 if train else 51, dtype=torch.uint8)
            self.targets = torch.arange(3)

    monkeypatch.setenv("MHO_DATA", str(tmp_path))
    fake = types.ModuleType("torchvision")
    fake.datasets = types.SimpleNamespace(MNIST=Mnist)
    monkeypatch.setitem(sys.modules, "torchvision", fake)
    train, test = grey_pictures("MNIST")
    assert asked == [(tmp_path, True, True), (tmp_path, False, True)]
    assert train.images.shape == (3, 1, 28, 28)
    assert (train.images.max().item(), test.images.max().item()) == (1.0, pytest.approx(0.2))


def test_pictures_of_caltech_are_squashed_and_normalised(shared_data):
    pictures = caltech_pictures("test", 20, 64)
    assert pictures.images.shape == (20, 3, 64, 64)
    assert pictures.labels.max() == 100
    assert pictures.images.mean().abs() < 1.5


def test_the_small_networks_learn_and_the_large_one_is_loaded(shared_data):
    progress = Silent()
    pictures = grey_pictures("FashionMNIST")[0].some(2000)
    lenet = Training(epochs=2, learning_rate=0.05, momentum=0.9).train(lenet5(), pictures, progress)
    assert accuracy(lenet, grey_pictures("FashionMNIST")[1].some(500)) > 60
    resnet = CaltechResnet().trained(None, progress)
    assert accuracy(resnet, CaltechResnet().test(20)) > 70


def test_no_step_is_longer_than_the_steepest_gradient_allows():
    images = torch.eye(8)
    pictures = Pictures(images, torch.arange(8) % 2)
    torch.manual_seed(0)
    model = nn.Linear(8, 2)
    with torch.no_grad():
        model.weight.mul_(100.0)  # far from right, so that gradients are long
    before = torch.cat([p.detach().flatten().clone() for p in model.parameters()])
    training = Training(epochs=1, learning_rate=0.5, batch=8, steepest=0.01)
    training.train(model, pictures, Silent())
    after = torch.cat([p.detach().flatten() for p in model.parameters()])
    assert (after - before).norm().item() == pytest.approx(0.5 * 0.01, rel=1e-2)
    with pytest.raises(ValueError, match="`steepest` must be greater than 0"):
        Training(epochs=1, learning_rate=0.5, steepest=0.0)


def test_impossible_settings_are_refused():
    with pytest.raises(ValueError, match="`schemes` must hold at least one, but is empty"):
        WeightTransfer(schemes={})
    with pytest.raises(ValueError, match="`bits` must be at least 1"):
        WeightTransfer(bits=(0,))
    with pytest.raises(ValueError, match="`epochs` must be at least 1"):
        Training(epochs=0, learning_rate=0.1)
    with pytest.raises(ValueError, match="`high` must be greater than"):
        Exact(low=1.0, high=1.0)


def test_settings_survive_the_round_trip(pytestconfig):
    kinds = set()
    for name in ("mlp", "lenet5", "resnet34"):
        study = load(pytestconfig.rootpath / "studies" / f"weight_transfer_{name}.toml")
        assert loads(dump(study)) == study
        kinds.add(type(study.network))
    assert kinds == {MnistMlp, FashionLenet, CaltechResnet}
