"""Training of a pulse network, stage after stage, keeping the best by a criterion."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from mho.core.check import argument_error, check_number

from .criteria import (
    Answered,
    Criterion,
    RelativeConductance,
    RelativeTime,
    SquaredConductance,
    SquaredTime,
)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Some epochs of training on one criterion.

    Args:
        loss: Criterion that is minimised.
        keep: Criterion by which the weights of the best epoch are chosen on the validation part.
        epochs: Times that all examples are seen.
        learning_rate: Step of the Adam optimiser at the start.
        final_learning_rate: Step at the end, after a cosine; the same as at the start if left out.
        batch: Examples of one step.
        nearer: Part of the examples whose target is moved towards the start, anew every epoch; only
            for losses of the conductance, since the recorded times are those of the targets.
        elsewhere: Part of the examples whose target is moved to anywhere that the course leads, in
            the same way; better with courses that lead across the range.
    """

    loss: Criterion
    keep: Criterion = field(default_factory=RelativeConductance)
    epochs: int = 100
    learning_rate: float = 1e-3
    final_learning_rate: float | None = None
    batch: int = 64
    nearer: float = 0.0
    elsewhere: float = 0.0

    def __post_init__(self) -> None:
        check_number("epochs", self.epochs, low=1)
        check_number("batch", self.batch, low=1)
        check_number("learning_rate", self.learning_rate, low=0.0, above=True)
        for name in ("nearer", "elsewhere"):
            part = getattr(self, name)
            check_number(name, part, low=0.0, high=1.0)
            if part and isinstance(self.loss, SquaredTime | RelativeTime):
                raise argument_error(name, "be 0 with a loss of the time", f"is {part:g}")

    def examples(self, training: Any, generator: torch.Generator) -> Any:
        """What one epoch sees.

        Args:
            training: Examples to learn from.
            generator: Source of the places of targets that are moved.
        """
        if self.elsewhere:
            training = training.elsewhere(self.elsewhere, generator)
        return training.nearer(self.nearer, generator) if self.nearer else training


PAPER_TRAINING = (Stage(loss=SquaredTime()),)
"""From scratch, section III-A of the paper."""
PAPER_FINE_TUNING = tuple(
    Stage(loss=SquaredConductance(window=window), epochs=50, learning_rate=1e-4)
    for window in (1001, 101, 11, 1)
)
"""Through smoothed histories, section III-B of the paper, which does not print its learning rate.

At ten times this one the errors on the records still fall, but those on cells rise: a pulse that is
far too long, or in the wrong direction, costs little at the end of a record.
"""


def train(
    network: nn.Module,
    stages: tuple[Stage, ...],
    training: Any,
    validation: Any,
    *,
    generator: torch.Generator,
    watch: Callable[[int, float], None] | None = None,
) -> nn.Module:
    """A copy of a network, trained; each stage starts from the best epoch of the one before.

    Args:
        network: Network to start from; it is left as it was.
        stages: Stages in order.
        training: Examples to learn from; at least `Answered`.
        validation: Examples by which the best epoch is chosen.
        generator: Source of the order in which examples are seen.
        watch: Called after every epoch with its number and its error on the validation part.
    """
    network, number = copy.deepcopy(network).requires_grad_(True), 0
    for stage in stages:
        optimiser = torch.optim.Adam(network.parameters(), lr=stage.learning_rate, fused=True)
        steps = stage.epochs * -(-len(training.inputs) // stage.batch)
        final = stage.final_learning_rate or stage.learning_rate
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps, eta_min=final)
        best, weights = float("inf"), copy.deepcopy(network.state_dict())
        for _ in range(stage.epochs):
            order = torch.randperm(len(training.inputs), generator=generator)
            examples = stage.examples(training, generator)
            for index in order.split(stage.batch):
                optimiser.zero_grad()
                output = network(examples.inputs[index])
                stage.loss.error(output, index, examples).mean().backward()
                optimiser.step()
                schedule.step()
            error = mean_error(network, stage.keep, validation).item()
            if error < best:
                best, weights = error, copy.deepcopy(network.state_dict())
            if watch is not None:
                watch(number, error)
            number += 1
        network.load_state_dict(weights)
    return network


def mean_error(network: nn.Module, criterion: Criterion, examples: Answered) -> Tensor:
    """Mean error of a network over examples: (), in the criterion's unit.

    Args:
        network: Network to judge.
        criterion: What counts.
        examples: Examples to predict.
    """
    with torch.no_grad():
        index = torch.arange(len(examples.inputs))
        return criterion.error(network(examples.inputs), index, examples).mean()
