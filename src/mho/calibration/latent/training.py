"""Training of the network on sums of vectors that say all that the vectors say."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from .network import LatentNetwork


@dataclass(frozen=True)
class Examples:
    """Readings of many arrays, summed up.

    The network is linear in the currents and a constant one together, and so is its error. Any
    orthogonal transform of the vectors of an array keeps the sum of the squared errors, and that
    of a QR decomposition leaves but `cols + 1` of them that depend on the network.

    Args:
        conductance: (matrices, rows, cols), S. Conductances that were programmed.
        current: (matrices, sums, cols), 1. Measured currents in the network's unit.
        one: (matrices, sums, 1), 1. What became of the constant one.
        missing: (matrices, sums, cols), 1. What the measured currents lack.
        rest: Sum of squares that no network of this kind can take away.
        count: Currents that were summed up.
    """

    conductance: Tensor
    current: Tensor
    one: Tensor
    missing: Tensor
    rest: float
    count: int

    @classmethod
    def of(cls, current: Tensor, missing: Tensor, conductance: Tensor) -> "Examples":
        """Readings summed up.

        Args:
            current: (matrices, vectors, cols), 1. Measured currents in the network's unit.
            missing: (matrices, vectors, cols), 1. What they lack.
            conductance: (matrices, rows, cols), S. Conductances that were programmed.
        """
        one = torch.ones_like(current[..., :1])
        orthogonal, sums = torch.linalg.qr(torch.cat([current, one], -1))
        summed = orthogonal.mT @ missing
        rest = float((missing - orthogonal @ summed).square().sum())
        sums = sums.float()
        return cls(
            conductance, sums[..., :-1], sums[..., -1:], summed.float(), rest, missing.numel()
        )

    def squared_error(self, network: LatentNetwork, index: Tensor) -> Tensor:
        """Sum of the squared errors on some of the arrays, but for the rest: ().

        Args:
            network: Network to judge.
            index: (n,). Numbers of the arrays.
        """
        change = network(self.current[index], self.one[index], self.conductance[index])
        error: Tensor = (change - self.missing[index]).square().sum()
        return error

    def mean_error(self, network: LatentNetwork) -> float:
        """Mean squared error on all arrays, in the square of the network's unit.

        Args:
            network: Network to judge.
        """
        with torch.no_grad():
            everything = torch.arange(len(self.conductance))
            return (float(self.squared_error(network, everything)) + self.rest) / self.count


def train(
    network: LatentNetwork,
    training: Examples,
    watched: Mapping[str, Examples],
    *,
    epochs: int,
    batch: int,
    learning_rate: float,
    generator: torch.Generator,
) -> dict[str, Tensor]:
    """Train a network in place; its mean squared errors after every epoch, (epochs,).

    Those of the training itself are taken while it runs. The rate of Adam rises and falls in one
    cycle (Smith and Topin 2019).

    Args:
        network: Network to train.
        training: Readings to learn from.
        watched: Other readings by name, of which only the errors are noted.
        epochs: Times that all arrays are seen.
        batch: Arrays of one step.
        learning_rate: Largest step of the Adam optimiser.
        generator: Source of the order in which arrays are seen.
    """
    weights = list(network.parameters())
    optimiser = torch.optim.Adam(weights, lr=learning_rate, fused=True)
    arrays = len(training.conductance)
    per_array = training.count / arrays
    steps = epochs * math.ceil(arrays / batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, learning_rate, max(steps, 2), pct_start=0.1, cycle_momentum=False
    )
    curves: dict[str, list[float]] = {name: [] for name in ("training", *watched)}
    for _ in range(epochs):
        seen = torch.zeros(())
        for index in torch.randperm(arrays, generator=generator).split(batch):
            optimiser.zero_grad()
            error = training.squared_error(network, index)
            (error / (len(index) * per_array)).backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
            schedule.step()
            seen += error.detach()
        curves["training"].append((float(seen) + training.rest) / training.count)
        for name, examples in watched.items():
            curves[name].append(examples.mean_error(network))
    return {name: torch.tensor(curve, dtype=torch.float64) for name, curve in curves.items()}
