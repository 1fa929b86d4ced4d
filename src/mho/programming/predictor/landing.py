"""Where a predicted pulse will land: how far off on average, and within which bounds."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mho.core.check import check_number

from .network import dense

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""Shares of the pulses that land below each predicted quantile."""


@dataclass(frozen=True)
class Landing:
    """Where pulses are expected to land.

    Args:
        relative_error: (...), 1. Expected mean of |G - target| / target.
        quantiles: (..., 7), S. Conductances below which the shares `LEVELS` of the pulses land.
    """

    relative_error: Tensor
    quantiles: Tensor

    def interval(self, share: float) -> tuple[Tensor, Tensor]:
        """Bounds between which a share of the pulses lands, as many below as above.

        Args:
            share: At most 0.9; between the levels the bounds are interpolated.
        """
        check_number("share", share, low=0.0, high=0.9)
        return self._quantile(0.5 - share / 2), self._quantile(0.5 + share / 2)

    def _quantile(self, level: float) -> Tensor:
        above = next(k for k, known in enumerate(LEVELS) if k and level <= known + 1e-12)
        weight = (level - LEVELS[above - 1]) / (LEVELS[above] - LEVELS[above - 1])
        left, right = self.quantiles[..., above - 1], self.quantiles[..., above]
        return left + (right - left) * weight


class LandingNetwork(nn.Module):
    """Expected error and quantiles, out of what a predictor saw and what it said.

    Args:
        sizes: Neurons of each hidden layer.
        generator: Source of the first weights.

    Attributes:
        scale: (), 1. Mean error of the training, which its answers are multiples of.
    """

    scale: Tensor

    def __init__(self, sizes: tuple[int, ...] = (32, 32), *, generator: torch.Generator):
        super().__init__()
        self.settings = {"sizes": sizes}
        self.layers = dense((3, *sizes, 1 + len(LEVELS)), generator)
        self.register_buffer("scale", torch.ones(()))

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Expected relative error, (n,), and quantiles of the logarithm of G / target, (n, 7).

        Args:
            inputs: (n, 3), 1. Encoded conductance, what is missing to the target, and the encoded
                time of the pulse.
        """
        output = self.layers(inputs)
        gaps = nn.functional.softplus(output[:, 2:])  # quantiles do not cross
        quantiles = torch.cat([output[:, 1:2] - 1.0, gaps], 1).cumsum(1)
        return self.scale * nn.functional.softplus(output[:, 0]), self.scale * quantiles


def train_landing(
    network: LandingNetwork,
    inputs: Tensor,
    deviation: Tensor,
    *,
    generator: torch.Generator,
    epochs: int = 60,
    batch: int = 256,
    learning_rate: float = 3e-3,
) -> LandingNetwork:
    """Trains a network, in place, on where pulses landed.

    The quantiles minimise the pinball loss; the expected error maximises the likelihood of an
    exponential distribution, which is largest at the mean whatever the true distribution is.

    Args:
        network: Network to train.
        inputs: (pulses, 3), 1. What it sees.
        deviation: (pulses,), 1. Logarithm of landed conductance / target.
        generator: Source of the order in which pulses are seen.
        epochs: Times that all pulses are seen.
        batch: Pulses of one step.
        learning_rate: Step of the Adam optimiser at the start; it ends at a hundredth, by a cosine.
    """
    optimiser = torch.optim.Adam(network.parameters(), lr=learning_rate, fused=True)
    steps = epochs * -(-len(inputs) // batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(
        optimiser, steps, eta_min=learning_rate / 100
    )
    levels = torch.tensor(LEVELS)
    error = deviation.expm1().abs()
    network.scale.fill_(error.mean())
    for _ in range(epochs):
        for index in torch.randperm(len(inputs), generator=generator).split(batch):
            expected, quantiles = network(inputs[index])
            expected = expected.clamp(min=1e-4)
            off = (deviation[index, None] - quantiles) / network.scale
            pinball = torch.maximum(levels * off, (levels - 1.0) * off).sum(1)
            loss = (pinball + expected.log() + error[index] / expected).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return network
