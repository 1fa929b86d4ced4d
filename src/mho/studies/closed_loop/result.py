"""The answer of the closed loop: accuracy at each stage, and what programming cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from mho.core.units import si
from mho.studies.spread import spread
from mho.studies.study import Shards

from .shards import accuracy_shard, sample_shard, tile_shard

STAGES = ("programmed", "wires", "converters", "calibrated")
"""Stages that depend on how the cells were programmed, each with all that came before it."""


@dataclass(frozen=True)
class ClosedLoopResult:
    """Accuracy at each stage, and what programming cost.

    Args:
        metrics: Numbers by name: `accuracy` and `loss` against digital (per cent and points),
            each by scheme and stage as mean, standard deviation and values over the seeds;
            `programming` by scheme, per cell; `multiplications` for an image, by the arrays and
            by the calibration.
    """

    metrics: dict[str, Any]

    @classmethod
    def gather(
        cls,
        folder: Shards,
        *,
        tolerances: dict[str, float],
        seeds: Iterable[int],
        tiles: int,
        simulated: bool,
        images: int,
        folding_error: float,
    ) -> Self:
        """The result out of a folder's shards.

        Args:
            folder: Holds accuracies and tiles of every scheme and seed.
            tolerances: Tolerance of each scheme, by name.
            seeds: Seeds of the run.
            tiles: Tiles of the network.
            simulated: Whether every cell was, or a sample of them.
            images: Test images.
            folding_error: Relative. What reading by the slope of the cells at 0 V leaves out.
        """
        seeds = list(seeds)
        first = {k: v.item() for k, v in folder.read("unprogrammed").items()}
        digital, pictures = first["digital"], folder.read("pictures")
        accuracy: dict[str, Any] = dict(first)
        loss: dict[str, Any] = {"mapped": digital - first["mapped"]}
        programming = {}
        for name, tolerance in tolerances.items():
            by_stage = {
                stage: [
                    folder.read(accuracy_shard(name, seed, stage))["accuracy"].item()
                    for seed in seeds
                ]
                for stage in STAGES
            }
            accuracy[name] = {stage: spread(v) for stage, v in by_stage.items()}
            loss[name] = {k: spread([digital - x for x in v]) for k, v in by_stage.items()}
            shards = [tile_shard(name, seed, tile) for seed in seeds for tile in range(tiles)]
            if not simulated:
                shards = [sample_shard(name, seed) for seed in seeds]
            programming[name] = _programming([folder.read(shard) for shard in shards], tolerance)
        cost = {k: int(pictures[f"{k}_products"]) for k in ("arrays", "calibration")}
        return cls(
            {"accuracy": accuracy, "loss": loss, "programming": programming}
            | {"cells": int(pictures["cells"]), "tiles": tiles, "images": images, "seeds": seeds}
            | {"multiplications": cost, "folding_error": folding_error}
        )

    def __str__(self) -> str:
        accuracy, programming = self.metrics["accuracy"], self.metrics["programming"]
        width, seeds = max(map(len, programming)), len(self.metrics["seeds"])
        lines = [
            f"ClosedLoop: {self.metrics['cells']} cells in {self.metrics['tiles']} tiles, "
            f"{self.metrics['images']} images, {seeds} seed{'s' * (seeds > 1)}",
            f"accuracy, %   digital {accuracy['digital']:.2f}   mapped {accuracy['mapped']:.2f}",
            " " * width + "".join(f"{stage:>16}" for stage in STAGES),
        ]
        for name in programming:
            stages = (accuracy[name][stage] for stage in STAGES)
            cells = (f"{s['mean']:.2f} +- {s['std']:.2f}" for s in stages)
            lines.append(f"{name:{width}}" + "".join(f"{cell:>16}" for cell in cells))
        for name, cost in programming.items():
            lines.append(
                f"{name:{width}}  per cell {cost['pulses']:.2f} pulses, {si(cost['time'], 's')}, "
                f"{si(cost['energy'], 'J')}; error {100 * cost['error']:.2g} %, "
                f"{100 * cost['within_tolerance']:.2f} % of cells within "
                f"{100 * cost['tolerance']:g} %"
            )
        cost = self.metrics["multiplications"]
        lines.append(
            f"an image takes {cost['arrays']} multiplications in the arrays and"
            f" {cost['calibration']} digital ones in the calibration"
        )
        lines.append(
            f"solved exactly, cell by cell, a tile's currents differ from those read by "
            f"{100 * self.metrics['folding_error']:.2g} %"
        )
        return "\n".join(lines)


def _programming(tiles: list[dict[str, np.ndarray]], tolerance: float) -> dict[str, float]:
    conductance, target = (_flat(tiles, key) for key in ("conductance", "target"))
    error = np.abs(conductance - target) / target
    return {
        "cells": error.size,
        "pulses": float(_flat(tiles, "pulses").mean()),
        "time": float(_flat(tiles, "time").mean()),
        "energy": float(_flat(tiles, "energy").mean()),
        "error": float(error.mean()),
        "tolerance": tolerance,
        "within_tolerance": float((error <= tolerance).mean()),
    }


def _flat(tiles: list[dict[str, np.ndarray]], key: str) -> np.ndarray:
    return np.concatenate([tile[key].ravel() for tile in tiles])
