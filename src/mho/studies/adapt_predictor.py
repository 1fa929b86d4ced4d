"""A pulse predictor on cells that it never saw, and what their own pulses teach it."""

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Annotated, Any

import torch
from torch import Tensor

from mho.bench import SimulatedBench
from mho.core import Device
from mho.core.cells import take_columns
from mho.core.check import argument_error, check_number
from mho.core.past import NO_PAST, Past
from mho.core.random import generator
from mho.devices import DEVICES, JartTUD
from mho.devices.jart import FilamentSpread
from mho.programming import Programmer, PulsePredictor, program
from mho.programming.predictor import (
    AdaptivePredictor,
    Recording,
    RelativeConductance,
    SquaredTime,
    Stage,
)

from .settings import OneOf
from .spread import spread
from .study import Progress, Shards, Study


def _predictor() -> PulsePredictor:
    return PulsePredictor(
        recording=Recording(cells=500, targets=12, warm_up=4, extent=4.0, step=1e-9),
        stages=(
            Stage(loss=SquaredTime(), epochs=20, final_learning_rate=1e-4),
            Stage(loss=RelativeConductance(secant=0.3), epochs=20, final_learning_rate=3e-5),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class AdaptPredictor(Study):
    """How much closer does a predicted pulse land once the cell has told of itself?

    A predictor is trained on some cells of a population and programs others, one pulse to a random
    target after the other. It never learns, learns every cell's deviation from its past with and
    without forgetting, or has all its weights trained on the pulses of the cell. For comparison,
    some cells get a predictor that was trained on many records of this very cell.

    Args:
        device: Model of the cells, with their spread.
        adaptive: Predictor that learns on, with the one that it corrects.
        cells: Cells to program.
        after: Numbers of pulses after which the error is taken.
        window: Pulses over which it is taken.
        tuned: Cells that get a network of their own.
        copies: Copies of each of them that are programmed.
        tuning: Training of all weights on the pulses of a cell.
        own: Recording of a single cell, of as many copies as its `cells`.
        seeds: Each selects other records, weights, cells and noise.
    """

    device: Annotated[Device[Any], OneOf(*DEVICES)] = field(
        default_factory=lambda: JartTUD.preset(
            "yu2022",
            set_voltage=-0.4713,
            reset_voltage=0.9726,
            device_spread=FilamentSpread(),
        )
    )
    adaptive: AdaptivePredictor = field(
        default_factory=lambda: AdaptivePredictor(predictor=_predictor())
    )
    cells: int = 300
    after: tuple[int, ...] = (0, 10, 25, 50, 100, 200)
    window: int = 10
    tuned: int = 10
    copies: int = 20
    own: Recording = field(
        default_factory=lambda: Recording(
            cells=100, targets=12, warm_up=4, extent=4.0, step=1e-9
        )
    )
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        for name in ("cells", "window", "tuned", "copies"):
            check_number(name, getattr(self, name), low=1)
        check_number("tuned", self.tuned, high=self.cells)
        for name in ("after", "seeds"):
            if not getattr(self, name):
                raise argument_error(name, "hold at least one", "is empty")
        if any(b <= a for a, b in pairwise(self.after)):
            raise argument_error("after", "rise", f"is {self.after}")

    def run(self, folder: Shards, progress: Progress) -> "AdaptedPredictions":
        with progress.stage("Seeds", len(self.seeds)) as advance:
            for seed in self.seeds:
                if not folder.has(f"seed{seed}"):
                    folder.write(f"seed{seed}", **self._measure(seed))
                advance(1)
        shards = [folder.read(f"seed{seed}") for seed in self.seeds]
        metrics: dict[str, Any] = {"seeds": list(self.seeds), "after": list(self.after)}
        metrics["memory"] = spread([float(shard["memory"]) for shard in shards])
        for name in SCHEMES:
            metrics[name] = {
                f"after_{pulses}": spread([self._at(shard[name], pulses) for shard in shards])
                for pulses in self.after
            }
        metrics["own"] = spread([float(shard["own"]) for shard in shards])
        last = f"after_{self.after[-1]}"
        never, ever = (metrics[name][last]["values"] for name in ("never", "forgetting"))
        metrics["gain"] = spread([1 - b / a for a, b in zip(never, ever, strict=True)])
        return AdaptedPredictions(metrics)
