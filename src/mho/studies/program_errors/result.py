"""The answer of `ProgramErrors`: one line for each source."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from mho.core.units import si
from mho.programming import Goodness
from mho.studies.spread import spread
from mho.studies.study import Shards

_SPREAD = ("error", "distance", "by_chance", "over_gaussian", "over_empirical", "below", "above")


@dataclass(frozen=True)
class ProgramErrorsResult:
    """How well Student's t tells what comes of a target.

    Args:
        metrics: For each source the points of its grid, its mean relative error, its median scale
            (S), the quartiles of its degrees of freedom; and of held-out outcomes the greatest
            distance of their probabilities, over all and as a mean over the points of the grid,
            both also as it is by chance, the gain of log-likelihood over a Gaussian and over the
            errors themselves (nats an outcome), and the shares in the tails of half a per cent.
    """

    metrics: dict[str, Any]

    @classmethod
    def gather(cls, folder: Shards, names: list[str], seeds: list[int]) -> "ProgramErrorsResult":
        """The answer out of the stored parts of a run.

        Args:
            folder: Keeps the shards.
            names: Sources.
            seeds: The seeds.
        """
        metrics: dict[str, Any] = {"seeds": seeds}
        for name in names:
            error = folder.read(f"{name}-error")
            each = [_figures(folder.read(f"{name}-seed{seed}")) for seed in seeds]
            metrics[name] = {
                "points": len(error["points"]),
                "scale": float(np.median(error["scale"])),
                "freedom": np.quantile(error["freedom"], (0.25, 0.5, 0.75)).tolist(),
            } | {key: spread([figures[key] for figures in each]) for key in each[0]}
        return cls(metrics)

    def __str__(self) -> str:
        lines = ["ProgramErrors: what comes of targets, by Student's t fitted to other outcomes"]
        lines.append(
            f"{'source':>20}{'error':>9}{'scale':>10}{'freedom':>9}{'P-P off by':>12}"
            f"{'by chance':>11}{'over Gaussian':>15}{'over kernels':>14}{'tails':>16}"
        )
        for name, figures in self.metrics.items():
            if name == "seeds":
                continue
            mean = {key: value["mean"] for key, value in figures.items() if key in _SPREAD}
            tails = f"{100 * mean['below']:.2f} {100 * mean['above']:.2f} %"
            lines.append(
                f"{name:>20}{100 * mean['error']:>7.2f} %{si(figures['scale'], 'S'):>10}"
                f"{figures['freedom'][1]:>9.3g}{mean['distance']:>12.3f}{mean['by_chance']:>11.3f}"
                f"{mean['over_gaussian']:>+10.3f} nats{mean['over_empirical']:>+9.3f} nats"
                f"{tails:>16}"
            )
        return "\n".join(lines)


def goodness_of(stored: dict[str, Any]) -> Goodness:
    """How well held-out outcomes were predicted, out of a stored part of a run.

    Args:
        stored: Arrays of the part.
    """
    names = ("point", "probability", "student", "gaussian", "empirical")
    return Goodness(*(torch.from_numpy(stored[name]) for name in names))


def _figures(stored: dict[str, Any]) -> dict[str, float]:
    goodness = goodness_of(stored)
    by_point = goodness.by_point()
    below, above = goodness.beyond
    return {
        "error": float(np.abs(stored["achieved"] / stored["target"] - 1.0).mean()),
        "distance": goodness.distance,
        "by_chance": goodness.chance,
        "distance_by_point": by_point["distance"].mean().item(),
        "by_chance_by_point": by_point["chance"].mean().item(),
        "over_gaussian": goodness.gain["gaussian"],
        "over_empirical": goodness.gain["empirical"],
        "below": below,
        "above": above,
    }
