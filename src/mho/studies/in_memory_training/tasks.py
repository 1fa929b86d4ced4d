"""What is learnt: an untrained network and its pictures."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import nn

from mho.studies.weight_transfer.models import lenet5, mlp
from mho.studies.weight_transfer.pictures import Pictures, grey_pictures


class Task(ABC):
    """Network and pictures. Subclasses are frozen dataclasses."""

    @abstractmethod
    def pictures(self) -> tuple[Pictures, Pictures]:
        """Pictures to learn from, and to test with."""

    @abstractmethod
    def network(self) -> nn.Module:
        """The network, with weights drawn by torch's global generator."""

    def untrained(self, seed: int) -> nn.Module:
        """The network with its first weights.

        Args:
            seed: Selects them.
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
