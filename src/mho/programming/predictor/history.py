"""A predictor that also sees what the cell did before."""

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn

from mho.core import Device
from mho.core.check import check_number
from mho.programming.noise_free_inverse import NoiseFreeInverse
from mho.programming.programmer import Programmer

from .criteria import MissedTolerance, RelativeConductance
from .learned import Predictor
from .network import HistoryNetwork
from .practice import Practice
from .records import PulseRecords, joined
from .training import Stage

TRAINING = (
    Stage(
        loss=RelativeConductance(),
        epochs=20,
        learning_rate=2e-3,
        final_learning_rate=1e-4,
        batch=256,
    ),
    Stage(
        loss=MissedTolerance(),
        keep=MissedTolerance(),
        epochs=20,
        final_learning_rate=1e-4,
        batch=256,
    ),
)
"""First to land near the target, then within the tolerance."""


@dataclass(frozen=True, kw_only=True)
class HistoryPredictor(Predictor):
    """A small network that predicts a pulse from where the cell is and from its last pulses.

    The cell's answers to its last pulses tell what a single read does not. `fit` lets a teacher
    program cells, then the predictor itself, round after round, and learns from all rounds what
    each pulse ought to have been: so it knows the situations into which its own errors lead.

    Args:
        encoding: What the network sees and says.
        stages: Training in each round, in order.
        sizes: Neurons of each hidden layer.
        seed: Selects the first weights and the order of the examples.
        learned: What training made, filled in by `fit` and `load`.
        units: Numbers in which a recurrent layer sums up the earlier pulses.
        practice: How cells are programmed in each round, and how many pulses are remembered.
        rounds: Rounds, the one with the teacher included.
        teacher: Scheme of the first round, whose pulses are only the occasion to learn.
    """

    stages: tuple[Stage, ...] = TRAINING
    units: int = 16
    practice: Practice = field(default_factory=Practice)
    rounds: int = 3
    teacher: Programmer = field(default_factory=NoiseFreeInverse)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("units", self.units, low=1)
        check_number("rounds", self.rounds, low=1)

    def fit(self, device: Device[Any]) -> "HistoryPredictor":
        if self.learned is not None:
            self._known().device.check(device)
            return self
        scheme, learner = self.teacher.fit(device), self
        parts: tuple[list[PulseRecords], list[PulseRecords]] = ([], [])
        for number in range(self.rounds):
            records = self._round(device, scheme, number)
            for part, more in zip(parts, records.split(0.8, 0.2), strict=True):
                part.append(more)
            scheme = learner = learner.learn(device, *(joined([*part], 0) for part in parts))
        return learner

    def _round(self, device: Device[Any], scheme: Programmer, number: int) -> PulseRecords:
        """Records of other cells in every round."""
        recording = self.practice.recording
        recording = replace(recording, seed=recording.seed + 1000 * self.seed + number)
        return replace(self.practice, recording=recording).record(device, scheme)

    def _untrained(self, source: torch.Generator) -> nn.Module:
        return HistoryNetwork(self.sizes, self.units, generator=source)
