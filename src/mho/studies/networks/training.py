"""How the networks of the studies are trained."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from mho.core.check import check_number
from mho.core.random import generator
from mho.studies.study import Progress, Shards

from .pictures import Pictures, grey_pictures


@dataclass(frozen=True, kw_only=True)
class Training:
    """Stochastic gradient descent on the cross entropy.

    Args:
        epochs: Passes over the training pictures.
        batch: Pictures for each step.
        learning_rate: At the start; it falls to 0 as half a cosine does.
        momentum: Of the steps.
        steepest: Largest norm of a gradient, over all weights at once; longer ones are shortened to
            it. All pass as they are, if left out.
        seed: Fixes initial weights and order.
    """

    epochs: int
    learning_rate: float
    batch: int = 64
    momentum: float = 0.0
    steepest: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch"):
            check_number(name, getattr(self, name), low=1)
        check_number("learning_rate", self.learning_rate, low=0.0, above=True)
        check_number("momentum", self.momentum, low=0.0, high=1.0)
        if self.steepest is not None:
            check_number("steepest", self.steepest, low=0.0, above=True)

    def kept(
        self, build: Callable[[], nn.Module], name: str, folder: Shards, progress: Progress
    ) -> nn.Module:
        """A model with weights that the folder has, or that are trained and stored.

        Args:
            build: Makes the model.
            name: Of the pictures, as torchvision calls them.
            folder: Keeps the weights.
            progress: Told of each epoch.
        """
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            model = build()
        if not folder.has("network"):
            trained = self.train(model, grey_pictures(name)[0], progress)
            folder.write("network", **trained.state_dict())
        weights = folder.read("network")
        model.load_state_dict({key: torch.from_numpy(value) for key, value in weights.items()})
        return model.eval()

    def train(self, model: nn.Module, pictures: Pictures, progress: Progress) -> nn.Module:
        """The model, trained in place.

        Args:
            model: With initial weights.
            pictures: To learn from.
            progress: Told of each epoch.
        """
        steps, order = len(pictures.labels) // self.batch, generator(self.seed, 1)
        optimiser = torch.optim.SGD(model.parameters(), self.learning_rate, self.momentum)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, self.epochs * steps)
        with progress.stage("Training", self.epochs) as advance:
            for _ in range(self.epochs):
                shuffled = torch.randperm(len(pictures.labels), generator=order)
                for chosen in shuffled[: steps * self.batch].reshape(steps, self.batch):
                    optimiser.zero_grad()
                    scores = model(pictures.images[chosen])
                    nn.functional.cross_entropy(scores, pictures.labels[chosen]).backward()
                    if self.steepest is not None:
                        nn.utils.clip_grad_norm_(model.parameters(), self.steepest)
                    optimiser.step()
                    schedule.step()
                advance(1)
        return model.eval()
