"""A study that a test can run in another process: `python counting.py run study.toml`."""

import time
from dataclasses import dataclass

import numpy as np

from mho.studies.registry import STUDIES
from mho.studies.runs import RunFolder
from mho.studies.study import Progress, Study


@dataclass(frozen=True)
class Counted:
    metrics: dict[str, float]

    def __str__(self) -> str:
        return f"Counted: the squares add up to {self.metrics['sum']:g}"


@dataclass(frozen=True, kw_only=True)
class CountUp(Study):
    """What do random squares add up to?

    Args:
        shards: Number of shards.
        size: Numbers in the first shard; each shard has as many more than the one before.
        pause: s. Wait before each shard.
        seed: Seeds the numbers.
    """

    shards: int = 5
    size: int = 10
    pause: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.shards < 1:
            raise ValueError(f"Argument `shards` must be at least 1, but is {self.shards}.")

    def run(self, folder: RunFolder, progress: Progress) -> Counted:
        total = 0.0
        with progress.stage("Counting", self.shards) as advance:
            for i in range(self.shards):
                if not folder.has(f"{i:03}"):
                    time.sleep(self.pause)
                    count = self.size * (i + 1)
                    numbers = np.random.default_rng((self.seed, i)).random(count)
                    folder.write(f"{i:03}", numbers=numbers)
                total += float((folder.read(f"{i:03}")["numbers"] ** 2).sum())
                advance(1)
        return Counted({"sum": total, "by": {"shard": total / self.shards}})


if __name__ == "__main__":
    from mho.cli import app

    STUDIES["CountUp"] = "counting"
    app()
