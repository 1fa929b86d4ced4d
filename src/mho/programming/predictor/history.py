"""A predictor that also sees what the cell did before."""

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn

from mho.core import Device
from mho.core.check import check_number

from .criteria import BeyondTolerance, Criterion, RelativeConductance
from .learned import Predictor
from .network import HistoryNetwork
from .practice import Practice
from .training import Stage


def _stage(loss: Criterion, keep: Criterion, learning_rate: float, epochs: int) -> Stage:
    final = learning_rate / 20
    return Stage(
        loss=loss,
        keep=keep,
        epochs=epochs,
        learning_rate=learning_rate,
        final_learning_rate=final,
        batch=128,
        nearer=0.4,
    )


FIRST = (_stage(RelativeConductance(secant=0.3), RelativeConductance(), 2e-3, 40),)
"""With the first records: to land near the target."""
TRAINING = (_stage(BeyondTolerance(secant=0.3), BeyondTolerance(), 1e-3, 40),)
"""In each round of practice: to be done soon."""


@dataclass(frozen=True, kw_only=True)
class HistoryPredictor(Predictor):
    """A small network that predicts a pulse from where the cell is and from its last pulses.

    The cell's answers to its last pulses tell what a single read does not. `fit` learns from
    records first, in which every pulse was right. Then the predictor programs cells, round after
    round, and learns what each of its pulses ought to have been: so it knows the situations into
    which its own errors lead.

    Args:
        encoding: What the network sees and says.
        stages: Training in each round, in order.
        sizes: Neurons of each hidden layer.
        seed: Selects the first weights and the order of the examples.
        learned: What training made, filled in by `fit` and `load`.
        units: Numbers in which a recurrent layer sums up the earlier pulses.
        first: Training on the first records, in order.
        practice: How cells are programmed, and how many pulses are remembered.
        rounds: Rounds of practice.
    """

    stages: tuple[Stage, ...] = TRAINING
    units: int = 16
    first: tuple[Stage, ...] = FIRST
    practice: Practice = field(default_factory=Practice)
    rounds: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("units", self.units, low=1)
        check_number("rounds", self.rounds, low=0)

    def fit(self, device: Device[Any]) -> "HistoryPredictor":
        if self.learned is not None:
            self._known().device.check(device)
            return self
        practice = self._with_seed(0)
        records = practice.recording.record(device).remembering(practice.remembered)
        learner = replace(self, stages=self.first).learn(device, *records.split(0.8, 0.2))
        learner = replace(learner, stages=self.stages)
        for number in range(1, self.rounds + 1):
            learner = learner.practise(device, number)
        return learner

    def practise(self, device: Device[Any], number: int) -> "HistoryPredictor":
        """The predictor after one more round of practice, from which it learns by its stages.

        Args:
            device: Model of the cells.
            number: Number of the round, which selects other cells.
        """
        records = self._with_seed(number).record(device, self)
        return self.learn(device, *records.split(0.8, 0.2))

    def _with_seed(self, number: int) -> Practice:
        """Other cells for every round and every seed."""
        recording = self.practice.recording
        seed = recording.seed + 1000 * self.seed + number
        return replace(self.practice, recording=replace(recording, seed=seed))

    def _untrained(self, source: torch.Generator) -> nn.Module:
        return HistoryNetwork(self.sizes, self.units, generator=source)
