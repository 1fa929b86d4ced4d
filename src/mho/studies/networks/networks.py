"""Networks with what they are tested on, and how they come by their weights."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from mho.core.check import argument_error, check_number
from mho.studies.digits import shipped_classifier, shipped_digits
from mho.studies.measured import measured_file
from mho.studies.study import Progress, Shards

from .models import ResNet, lenet5, mlp
from .pictures import Pictures, caltech_pictures, grey_pictures
from .training import Training


class Network(ABC):
    """A trained network and its pictures. Subclasses are frozen dataclasses."""

    @abstractmethod
    def trained(self, folder: Shards, progress: Progress) -> nn.Module:
        """The network with the weights that are to be transferred.

        Args:
            folder: Keeps the weights where they were trained.
            progress: Told how far training is.
        """

    @abstractmethod
    def test(self, count: int) -> Pictures:
        """Pictures that it is tested on.

        Args:
            count: How many, at most.
        """

    @abstractmethod
    def calibration(self, count: int) -> Tensor:
        """Training pictures that set voltage scales and ranges: (images, channels, ...), 1.

        Args:
            count: How many, at most.
        """


@dataclass(frozen=True, kw_only=True)
class ShippedDigits(Network):
    """The small classifier of handwritten digits that comes along, with its digits."""

    def trained(self, folder: Shards, progress: Progress) -> nn.Module:
        return shipped_classifier()

    def test(self, count: int) -> Pictures:
        digits = shipped_digits()[1]
        return Pictures(digits.images[:count, None], digits.labels[:count])

    def calibration(self, count: int) -> Tensor:
        return shipped_digits()[0].images[:count, None]


@dataclass(frozen=True, kw_only=True)
class MnistMlp(Network):
    """Neurons in two hidden layers, 784-256-128-10, on MNIST.

    Args:
        training: How it is trained.
    """

    training: Training = field(default_factory=lambda: Training(epochs=8, learning_rate=0.1))

    def trained(self, folder: Shards, progress: Progress) -> nn.Module:
        return self.training.kept(mlp, "MNIST", folder, progress)

    def test(self, count: int) -> Pictures:
        return grey_pictures("MNIST")[1].some(count)

    def calibration(self, count: int) -> Tensor:
        return grey_pictures("MNIST")[0].some(count).images


@dataclass(frozen=True, kw_only=True)
class FashionLenet(Network):
    """LeNet-5 of 80,064 parameters on Fashion-MNIST.

    Args:
        training: How it is trained.
    """

    training: Training = field(
        default_factory=lambda: Training(epochs=6, learning_rate=0.01, momentum=0.9)
    )

    def trained(self, folder: Shards, progress: Progress) -> nn.Module:
        return self.training.kept(lenet5, "FashionMNIST", folder, progress)

    def test(self, count: int) -> Pictures:
        return grey_pictures("FashionMNIST")[1].some(count)

    def calibration(self, count: int) -> Tensor:
        return grey_pictures("FashionMNIST")[0].some(count).images


@dataclass(frozen=True, kw_only=True)
class CaltechResnet(Network):
    """ResNet-34 with 101 classes on Caltech-101, with weights from a file.

    Args:
        weights: File of the weights, in the folder that MHO_DATA names.
        pixels: Height and width of the pictures.
    """

    weights: str = "resnet34_caltech101_128px_fp16.safetensors"
    pixels: int = 128

    def __post_init__(self) -> None:
        check_number("pixels", self.pixels, low=32)

    def trained(self, folder: Shards, progress: Progress) -> nn.Module:
        return self.loaded().eval()

    def loaded(self) -> ResNet:
        """The network with the weights of the file."""
        from safetensors.torch import load_file

        path = measured_file(self.weights, "weights of a ResNet-34 with 101 outputs")
        model = ResNet()
        kept = {name: value.float() for name, value in load_file(path).items()}
        missing, unknown = model.load_state_dict(kept, strict=False)
        lacking = [name for name in missing if not name.endswith("num_batches_tracked")]
        if lacking or unknown:
            but = f"lacks {lacking[:3]} and has {unknown[:3]}"
            raise argument_error("weights", "hold those of a ResNet-34", but)
        return model

    def test(self, count: int) -> Pictures:
        return caltech_pictures("test", count, self.pixels)

    def calibration(self, count: int) -> Tensor:
        return caltech_pictures("train", count, self.pixels).images


@dataclass(frozen=True, kw_only=True)
class OwnModel(Network):
    """A trained model of your own, with pictures of your own.

    Args:
        model: Where a function is that answers the trained model, as "package.module:function".
        pictures: File of NumPy with `x_test`, `y_test`, for the ranges `x_train` and for learning
            `y_train`, as the model takes them; a path, or a name in the folder that MHO_DATA names.
    """

    model: str
    pictures: str

    def __post_init__(self) -> None:
        if ":" not in self.model:
            raise argument_error("model", "read package.module:function", f"is {self.model!r}")

    def trained(self, folder: Shards, progress: Progress) -> nn.Module:
        return self.loaded().eval()

    def test(self, count: int) -> Pictures:
        arrays = self._arrays()
        images, labels = (torch.from_numpy(arrays[name]) for name in ("x_test", "y_test"))
        return Pictures(images, labels.long()).some(count)

    def calibration(self, count: int) -> Tensor:
        images = torch.from_numpy(self._arrays()["x_train"])
        return Pictures(images, torch.zeros(len(images))).some(count).images

    def learning(self) -> Pictures:
        """Pictures that it can learn from."""
        arrays = self._arrays()
        if "y_train" not in arrays:
            must = "hold `y_train` for a model that is to learn"
            raise argument_error("pictures", must, f"holds {', '.join(arrays)}")
        images, labels = (torch.from_numpy(arrays[name]) for name in ("x_train", "y_train"))
        return Pictures(images, labels.long())

    def loaded(self) -> nn.Module:
        """What the function answers."""
        module, _, name = self.model.partition(":")
        try:
            found = import_module(module)
        except ModuleNotFoundError as error:
            raise argument_error("model", "name a module", f"is {self.model!r}: {error}") from None
        if not hasattr(found, name):
            but = f"is {self.model!r}, and {module} has no `{name}`"
            raise argument_error("model", "name a function", but)
        model = getattr(found, name)()
        if not isinstance(model, nn.Module):
            but = f"answers {type(model).__name__}"
            raise argument_error("model", "name a function that answers a torch model", but)
        return model

    def _arrays(self) -> dict[str, np.ndarray]:
        path = Path(self.pictures)
        if not path.is_file():
            path = measured_file(self.pictures, "x_test, y_test and x_train of your own")
        with np.load(path) as file:
            return dict(file)


def accuracy(model: nn.Module, pictures: Pictures, batch: int = 256) -> float:
    """Share of pictures that a model tells right, in per cent.

    Args:
        model: Classifier.
        pictures: What it is tested on.
        batch: Pictures that are read at a time.
    """
    parts = zip(pictures.images.split(batch), pictures.labels.split(batch), strict=True)
    with torch.no_grad():
        right = sum(int((model(images).argmax(-1) == labels).sum()) for images, labels in parts)
    return 100.0 * right / len(pictures.labels)
