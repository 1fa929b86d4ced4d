"""What is learnt: a network and its pictures."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import torch
from torch import nn

from mho.core.check import check_number
from mho.studies.networks import CaltechResnet, OwnModel
from mho.studies.networks.models import lenet5, mlp
from mho.studies.networks.pictures import Pictures, caltech_pictures, grey_pictures

_ALL = 1 << 31  # more pictures than there are


class Task(ABC):
    """Network and pictures. Subclasses are frozen dataclasses."""

    @abstractmethod
    def pictures(self) -> tuple[Pictures, Pictures]:
        """Pictures to learn from, and to test with."""

    @abstractmethod
    def network(self) -> nn.Module:
        """The network; weights that are drawn are drawn by torch's global generator."""

    def first(self, seed: int) -> nn.Module:
        """The network with its first weights.

        Args:
            seed: Selects those that are drawn.
        """
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return self.network()


@dataclass(frozen=True, kw_only=True)
class MnistByMlp(Task):
    """Handwritten digits, by neurons in two hidden layers, 784-256-128-10."""

    def pictures(self) -> tuple[Pictures, Pictures]:
        return grey_pictures("MNIST")

    def network(self) -> nn.Module:
        return mlp()


@dataclass(frozen=True, kw_only=True)
class FashionByLenet(Task):
    """Pieces of clothing, by LeNet-5 of 80,064 parameters."""

    def pictures(self) -> tuple[Pictures, Pictures]:
        return grey_pictures("FashionMNIST")

    def network(self) -> nn.Module:
        return lenet5()


@dataclass(frozen=True, kw_only=True)
class CaltechByResnet(Task):
    """Pictures of 101 classes, by a trained ResNet-34 whose classifier is drawn anew.

    That is how networks are most often taken to a task of one's own: the classifier is learnt, and
    all else that was learnt before is fitted to it.

    Args:
        trained: The network with its weights, and the size of its pictures.
        train_pictures: Pictures to learn from, taken evenly from those for training.
        test_pictures: Pictures to test with, taken evenly from those for testing.
    """

    trained: CaltechResnet = field(default_factory=CaltechResnet)
    train_pictures: int = 5784
    test_pictures: int = 2893

    def __post_init__(self) -> None:
        for name in ("train_pictures", "test_pictures"):
            check_number(name, getattr(self, name), low=1)

    def pictures(self) -> tuple[Pictures, Pictures]:
        pixels = self.trained.pixels
        return (
            caltech_pictures("train", self.train_pictures, pixels),
            caltech_pictures("test", self.test_pictures, pixels),
        )

    def network(self) -> nn.Module:
        network = self.trained.loaded()
        network.fc.reset_parameters()
        return network


@dataclass(frozen=True, kw_only=True)
class OwnTask(Task):
    """A model and pictures of your own; weights that torch draws are others for every seed.

    Args:
        own: The model and its pictures, with `y_train` among them.
    """

    own: OwnModel

    def pictures(self) -> tuple[Pictures, Pictures]:
        return self.own.learning(), self.own.test(_ALL)

    def network(self) -> nn.Module:
        return self.own.loaded()
