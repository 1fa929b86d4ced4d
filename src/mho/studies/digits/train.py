"""Training of the classifier that the package ships, and the choice of its digits."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from mho.core.check import check_number
from mho.core.random import generator
from mho.studies.measured import measured
from mho.studies.study import Progress, Shards, Study

from .digits import Digits, accuracy, classifier, digits


@dataclass(frozen=True, kw_only=True)
class TrainDigits(Study):
    """How well does a small network read digits when its weights are noisy in training?

    It needs the whole MNIST: a file `mnist.npz` with `x_train`, `y_train`, `x_test`, `y_test` in
    the folder that the environment variable MHO_DATA names. In the run folder it leaves
    `digits_mlp.safetensors` and `digits.npz`, the two files that the package ships.

    Args:
        hidden: Neurons of the hidden layer.
        epochs: Passes over the 60,000 training images.
        batch: Images per step.
        learning_rate: Highest learning rate of Adam in a one-cycle schedule.
        weight_noise: Noise on every weight in training, relative to the layer's largest.
        relative_noise: Noise on every weight in training, relative to the weight itself.
        clip: Largest weight, in standard deviations of the layer.
        calibration_images: Training images to ship.
        test_images: Test images to ship, drawn from all 10,000.
        seed: Fixes initial weights, order, noise and the digits drawn.
    """

    hidden: int = 64
    epochs: int = 12
    batch: int = 128
    learning_rate: float = 4e-3
    weight_noise: float = 0.1
    relative_noise: float = 0.3
    clip: float = 2.5
    calibration_images: int = 1000
    test_images: int = 4000
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("hidden", "epochs", "batch", "calibration_images", "test_images"):
            check_number(name, getattr(self, name), low=1)
        for name in ("learning_rate", "clip"):
            check_number(name, getattr(self, name), low=0.0, above=True)

    def run(self, folder: Shards, progress: Progress) -> "TrainedDigits":
        arrays = measured("mnist.npz", "x_train, y_train, x_test and y_test of MNIST")
        train = digits(arrays["x_train"], arrays["y_train"])
        test = digits(arrays["x_test"], arrays["y_test"])
        if not folder.has("classifier"):
            folder.write("classifier", **self._trained(train, progress).state_dict())
        if not folder.has("digits"):
            folder.write("digits", **self._drawn(arrays))
        model = classifier(self.hidden)
        weights = {k: torch.from_numpy(v) for k, v in folder.read("classifier").items()}
        model.load_state_dict(weights)
        _export(folder, weights)
        return TrainedDigits(accuracy(model, train), accuracy(model, test))

    def _trained(self, train: Digits, progress: Progress) -> nn.Module:
        torch.manual_seed(self.seed)
        model = classifier(self.hidden)
        steps = len(train.labels) // self.batch
        optimiser = torch.optim.Adam(model.parameters(), lr=self.learning_rate)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, self.learning_rate, total_steps=self.epochs * steps
        )
        with progress.stage("Training", self.epochs) as advance:
            for _ in range(self.epochs):
                order = torch.randperm(len(train.labels))[: steps * self.batch]
                for batch in order.reshape(steps, self.batch):
                    self._step(model, Digits(train.images[batch], train.labels[batch]), optimiser)
                    schedule.step()
                advance(1)
        return model

    def _step(self, model: nn.Module, batch: Digits, optimiser: torch.optim.Optimizer) -> None:
        """Gradient at noisy weights, step from the clean ones."""
        weights = [m.weight for m in model.modules() if isinstance(m, nn.Linear)]
        clean = [weight.detach().clone() for weight in weights]
        with torch.no_grad():
            for weight in weights:
                size = self.weight_noise * weight.abs().max()
                weight += size * torch.randn_like(weight)
                weight += self.relative_noise * weight.abs() * torch.randn_like(weight)
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(batch.images), batch.labels).backward()
        with torch.no_grad():
            for weight, before in zip(weights, clean, strict=True):
                weight.copy_(before)
            optimiser.step()
            for weight in weights:
                bound = self.clip * weight.std().item()
                weight.clamp_(-bound, bound)

    def _drawn(self, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        drawn = {}
        sets = (
            ("calibration", "train", self.calibration_images),
            ("test", "test", self.test_images),
        )
        for part, (name, source, count) in enumerate(sets):
            labels = arrays[f"y_{source}"]
            order = torch.randperm(len(labels), generator=generator(self.seed, part))
            chosen = order[:count].sort().values.numpy()
            drawn[f"{name}_images"] = arrays[f"x_{source}"][chosen]
            drawn[f"{name}_labels"] = labels[chosen].astype(np.uint8)
        return drawn


@dataclass(frozen=True)
class TrainedDigits:
    """How well the trained classifier reads.

    Args:
        training_accuracy: Per cent of the 60,000 training images read right.
        test_accuracy: Per cent of the 10,000 test images read right.
    """

    training_accuracy: float
    test_accuracy: float

    @property
    def metrics(self) -> dict[str, Any]:
        """Numbers by name."""
        return {"training_accuracy": self.training_accuracy, "test_accuracy": self.test_accuracy}

    def __str__(self) -> str:
        return (
            f"TrainedDigits: {self.test_accuracy:.2f} % of the test digits read right, "
            f"{self.training_accuracy:.2f} % of the training digits"
        )


def _export(folder: Shards, weights: dict[str, torch.Tensor]) -> None:
    from safetensors.torch import save_file

    save_file(weights, folder.path / "digits_mlp.safetensors")
    np.savez_compressed(folder.path / "digits.npz", allow_pickle=False, **folder.read("digits"))
