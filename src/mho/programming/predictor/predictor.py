"""The neural pulse predictor: one pulse to the target, learned from what cells did."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from mho.core import Device

from .criteria import RelativeConductance, SquaredTime
from .learned import Predictor
from .looks import Looks
from .network import PulseNetwork
from .recording import Recording
from .training import Stage

TRAINING = (
    Stage(loss=SquaredTime(), epochs=40, final_learning_rate=1e-4),
    Stage(
        loss=RelativeConductance(secant=0.3),
        epochs=160,
        learning_rate=2e-3,
        final_learning_rate=3e-5,
        batch=128,
        elsewhere=0.9,
    ),
)
"""First the time, then the relative error of the conductance itself, to targets everywhere."""


@dataclass(frozen=True, kw_only=True)
class PulsePredictor(Predictor):
    """A small network that predicts the width of the one pulse from a conductance to its target.

    `fit` records what cells of the device do and trains the network on it; `load` takes one that
    was trained before. Source: Yu et al., AICAS 2024 (arXiv 2403.06712), which is the special case
    of `SignedTime`, `PAPER_TRAINING` and `PAPER_FINE_TUNING`.

    Args:
        encoding: What the network sees and says.
        stages: Training, in order.
        sizes: Neurons of each hidden layer.
        seed: Selects the first weights and the order of the examples.
        learned: What training made, filled in by `fit` and `load`.
        recording: What is recorded for training.
    """

    stages: tuple[Stage, ...] = TRAINING
    recording: Recording = field(default_factory=lambda: Recording(looks=Looks()))

    def fit(self, device: Device[Any]) -> "PulsePredictor":
        if self.learned is None:
            training, validation, _ = self.recording.record(device).split(0.8, 0.1, 0.1)
            return self.learn(device, training, validation)
        self._known().device.check(device)
        return self

    def _untrained(self, source: torch.Generator) -> nn.Module:
        return PulseNetwork(self.sizes, generator=source)
