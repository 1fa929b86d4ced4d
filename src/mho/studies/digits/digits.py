"""The handwritten digits and the small classifier of them that come with the package."""

from dataclasses import dataclass
from importlib import resources

import torch
from torch import Tensor, nn

_DATA = resources.files(__package__) / "data"


@dataclass(frozen=True)
class Digits:
    """Images of handwritten digits with their labels.

    Args:
        images: (images, 28, 28), 1. Ink between 0 and 1.
        labels: (images,). The digit that each image shows.
    """

    images: Tensor
    labels: Tensor


def shipped_digits() -> tuple[Digits, Digits]:
    """Digits for calibration, out of MNIST's training set, and for testing, out of its test set."""
    import numpy as np

    with resources.as_file(_DATA / "digits.npz") as path, np.load(path) as file:
        return (
            digits(file["calibration_images"], file["calibration_labels"]),
            digits(file["test_images"], file["test_labels"]),
        )


def digits(images: object, labels: object) -> Digits:
    """Digits out of arrays of bytes.

    Args:
        images: (images, 28, 28), 0 to 255.
        labels: (images,), 0 to 9.
    """
    ink = torch.as_tensor(images).float() / 255
    return Digits(ink, torch.as_tensor(labels).long())


def classifier(hidden: int) -> nn.Sequential:
    """Untrained classifier of digits with one hidden layer.

    Args:
        hidden: Neurons of the hidden layer.
    """
    return nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, hidden), nn.ReLU(), nn.Linear(hidden, 10))


def shipped_classifier() -> nn.Sequential:
    """The trained classifier of digits, made by ``mho run studies/train_digits.toml``."""
    from safetensors.torch import load_file

    with resources.as_file(_DATA / "digits_mlp.safetensors") as path:
        weights = load_file(path)
    model = classifier(hidden=len(weights["1.weight"]))
    model.load_state_dict(weights)
    return model.eval()


def accuracy(model: nn.Module, digits: Digits) -> float:
    """Share of digits that a model reads right, in per cent.

    Args:
        model: Classifier.
        digits: Digits to read.
    """
    with torch.no_grad():
        right = model(digits.images).argmax(-1) == digits.labels
    return 100.0 * float(right.double().mean())
