"""How networks learn whose weights are cells."""

from dataclasses import dataclass, field

import torch
from torch import nn

from mho.core.check import argument_error, check_number
from mho.core.random import generator
from mho.nn import Layer, recalibrate
from mho.programming import ProgramError
from mho.studies.networks import accuracy
from mho.studies.networks.pictures import Pictures
from mho.studies.program_errors import Swept
from mho.studies.study import Progress, Shards, Study
from mho.studies.weight_transfer import Fitted

from .normalised import normalised
from .result import TrainedInMemory
from .rule import Beginning, Rule, Tiles
from .rules import Digital, Mixed, NoiseBehindBlocks, Pulsed, Rewritten
from .tasks import MnistByMlp, Task


def _rules() -> dict[str, Rule]:
    return {
        "digital": Digital(),
        "exact": Rewritten(),
        "rewritten_4": Rewritten(bits=4),
        "rewritten_9": Rewritten(bits=9),
        "noise_4": NoiseBehindBlocks(bits=4),
        "noise_9": NoiseBehindBlocks(bits=9),
        "pulsed": Pulsed(),
        "mixed_4": Mixed(bits=4),
        "mixed_9": Mixed(bits=9),
    }


@dataclass(frozen=True, kw_only=True)
class InMemoryTraining(Study):
    """How well does a network learn whose weights are cells, by which rule?

    All rules start from the same weights and see the same pictures in the same order. A network
    whose loss ceases to be a number stays as it is from then on.

    Args:
        task: Network and pictures.
        rules: How it learns, by name; one named `digital` is what the others are measured by.
        tiles: Cells, and what is around them.
        sweeps: Sweeps that the program error of each number of bits is fitted to.
        epochs: Passes over the training pictures.
        batch: Pictures for each update.
        images: Training pictures, at most.
        test_images: Test pictures, at most.
        calibration_images: Training pictures that the ranges of the converters are fitted to.
            Few have ink at the edges, and what they miss is clipped.
        ranges_every: Updates after which these ranges are fitted again.
        seeds: Each selects other weights, another order and other noise.
    """

    task: Task = field(default_factory=MnistByMlp)
    rules: dict[str, Rule] = field(default_factory=_rules)
    tiles: Tiles = field(default_factory=Tiles)
    sweeps: Swept = field(default_factory=lambda: Swept.preset("ffp2025"))
    epochs: int = 6
    batch: int = 64
    images: int = 60_000
    test_images: int = 10_000
    calibration_images: int = 500
    ranges_every: int = 25
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        for name in ("epochs", "batch", "test_images", "calibration_images", "ranges_every"):
            check_number(name, getattr(self, name), low=1)
        check_number("images", self.images, low=self.batch)
        for name in ("rules", "seeds"):
            if not getattr(self, name):
                raise argument_error(name, "hold at least one", "is empty")

    def run(self, folder: Shards, progress: Progress) -> TrainedInMemory:
        jobs = [(name, seed) for seed in self.seeds for name in self.rules]
        missing = [job for job in jobs if not folder.has(_shard(*job))]
        with progress.stage("Training", len(jobs) * self.epochs) as advance:
            advance((len(jobs) - len(missing)) * self.epochs)
            pictures = self.task.pictures() if missing else None
            for name, seed in missing:
                assert pictures is not None
                start = self._beginning(seed, pictures[0], folder)
                model, optimiser = self.rules[name].begin(start)
                curve = [accuracy(model.eval(), pictures[1].some(self.test_images))]
                learning = True
                for epoch in range(self.epochs):
                    if learning:
                        order = generator(seed, epoch)
                        learning = self._learn(model, optimiser, pictures[0], order)
                    curve.append(accuracy(model.eval(), pictures[1].some(self.test_images)))
                    advance(1)
                folder.write(_shard(name, seed), accuracy=torch.tensor(curve))
        curves = {
            name: [folder.read(_shard(name, seed))["accuracy"].tolist() for seed in self.seeds]
            for name in self.rules
        }
        return TrainedInMemory.of(curves, self.seeds)

    def _beginning(self, seed: int, train: Pictures, folder: Shards) -> Beginning:
        inputs = train.images[: self.calibration_images]
        network = self.task.first(seed)
        return Beginning(network, inputs, self.tiles, lambda bits: self._error(bits, folder), seed)

    def _error(self, bits: int, folder: Shards) -> ProgramError:
        error = Fitted(source=self.sweeps).error(2**bits, folder, "feedforward")
        return normalised(error, self.tiles.g_min, self.tiles.g_max)

    def _learn(
        self,
        model: nn.Module,
        optimiser: torch.optim.Optimizer,
        train: Pictures,
        order: torch.Generator,
    ) -> bool:
        """One pass over the training pictures, unless the loss ceases to be a number."""
        on_tiles = any(isinstance(module, Layer) for module in model.modules())
        chosen = torch.randperm(len(train.labels), generator=order)[: self.images]
        model.train()
        for update, batch in enumerate(
            chosen[: len(chosen) // self.batch * self.batch].split(self.batch)
        ):
            if on_tiles and update % self.ranges_every == 0:
                recalibrate(model, train.images[: self.calibration_images])
            optimiser.zero_grad()
            loss = nn.functional.cross_entropy(model(train.images[batch]), train.labels[batch])
            if not loss.isfinite():
                return False
            loss.backward()
            optimiser.step()
        return True


def _shard(name: str, seed: int) -> str:
    return f"{name}-seed{seed}"
