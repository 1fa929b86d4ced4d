"""The pictures that networks tell apart: MNIST, Fashion-MNIST and Caltech-101."""

import io
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mho.studies.measured import measured, measured_file

CALTECH = "caltech101_s128.webp.zip"
"""Pictures of 101 classes in folders, with `classes.txt`, `train.txt` and `test.txt`."""

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, by colour


@dataclass(frozen=True)
class Pictures:
    """Pictures with their labels.

    Args:
        images: (images, channels, height, width), 1. Scaled as the network takes them.
        labels: (images,). Class of each.
    """

    images: Tensor
    labels: Tensor

    def some(self, count: int) -> "Pictures":
        """As many of them, evenly over all.

        Args:
            count: How many.
        """
        chosen = torch.linspace(0, len(self.labels) - 1, min(count, len(self.labels))).long()
        return Pictures(self.images[chosen], self.labels[chosen])


def grey_pictures(name: str) -> tuple[Pictures, Pictures]:
    """Pictures to train with and to test with, of 28 x 28 pixels between 0 and 1.

    They come from a file in the folder that MHO_DATA names, or where torchvision is installed from
    its loaders, which fetch them.

    Args:
        name: "MNIST" or "FashionMNIST", as torchvision calls them.
    """
    file = {"MNIST": "mnist.npz", "FashionMNIST": "fashion_mnist.npz"}[name]
    try:
        arrays = measured(file, f"x_train, y_train, x_test and y_test of {name}")
    except FileNotFoundError as missing:
        arrays = _fetched(name, missing)
    return tuple(
        Pictures(
            torch.from_numpy(arrays[f"x_{part}"]).float()[:, None] / 255,
            torch.from_numpy(arrays[f"y_{part}"]).long(),
        )
        for part in ("train", "test")
    )  # type: ignore[return-value]


def caltech_pictures(part: str, count: int, pixels: int) -> Pictures:
    """Pictures of Caltech-101, squashed to squares, evenly taken from a part.

    Args:
        part: "train" or "test".
        count: How many.
        pixels: Height and width.
    """
    path = measured_file(CALTECH, "the pictures of Caltech-101 with a split")
    with zipfile.ZipFile(path) as file:
        lines = file.read(f"{part}.txt").decode().split("\n")
        names = [line.strip() for line in lines if line.strip()]
        classes = file.read("classes.txt").decode().split("\n")
        number = {name.strip(): k for k, name in enumerate(classes)}
        chosen = np.linspace(0, len(names) - 1, min(count, len(names))).astype(int)
        paths = [names[k].split()[0] for k in chosen]
        images = [_picture(file.read(str(Path(p).with_suffix(".webp"))), pixels) for p in paths]
    labels = torch.tensor([number[path.split("/")[0]] for path in paths])
    mean, deviation = (torch.tensor(each)[:, None, None] for each in (_MEAN, _DEVIATION))
    return Pictures((torch.stack(images).float() / 255 - mean) / deviation, labels)


def _picture(content: bytes, pixels: int) -> Tensor:
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        squashed = image.convert("RGB").resize((pixels, pixels), Image.Resampling.BILINEAR)
        return torch.from_numpy(np.asarray(squashed).copy()).permute(2, 0, 1)


def _fetched(name: str, missing: FileNotFoundError) -> dict[str, Any]:
    """The same arrays by the loaders of torchvision."""
    try:
        from torchvision import datasets  # type: ignore[import-not-found]
    except ImportError:
        remedy = "Or install torchvision, whose loaders fetch it."
        raise FileNotFoundError(f"{missing} {remedy}") from None
    root = Path(os.environ.get("MHO_DATA") or Path.home() / ".cache" / "mho")
    arrays: dict[str, Any] = {}
    for part in ("train", "test"):
        kept = getattr(datasets, name)(root, train=part == "train", download=True)
        arrays |= {f"x_{part}": kept.data.numpy(), f"y_{part}": kept.targets.numpy()}
    return arrays
