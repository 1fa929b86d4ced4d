"""The answer of `Retention`: predicted over measured spread, and what chance alone would do."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mho.core.units import si
from mho.studies.spread import spread

TOLERANCE = 0.1
"""Relative error of a spread that is meant to be reached."""


@dataclass(frozen=True)
class RelaxationSpread:
    """Predicted against measured spread of the held-out cells.

    Args:
        metrics: For single levels (`level`), neighbouring levels (`pooled`) and all cells (`all`):
            `within`, the share of times and levels at which the predicted spread is within a tenth
            of the measured one, `expected`, the share that an exact model would reach with so many
            cells, and `worst`, the largest relative error; `ratio`, predicted over measured spread
            at each time; `missed`, the single levels at which its mean over the seeds is off by
            more than a tenth; the mean log-likelihood of a cell over that of a Gaussian walk; and
            what holds for the times at which many cells were not read.
    """

    metrics: dict[str, Any]

    def __str__(self) -> str:
        lines = ["Retention: predicted over measured spread of cells that were held out"]
        times = [si(time, "s") for time in self.metrics["time"]]
        lines.append(f"{'levels':>8}" + "".join(f"{time:>9}" for time in times))
        for name, row in self.metrics["ratio"].items():
            values = "".join(f"{row[f't{index}']['mean']:>9.2f}" for index in range(len(times)))
            lines.append(f"{name:>8}{values}")
        for name in ("level", "pooled"):
            within, expected = (self.metrics[name][key]["mean"] for key in ("within", "expected"))
            lines.append(
                f"Within 10 % at {100 * within:.0f} % of times and levels ({name});"
                f" an exact model would be at {100 * expected:.0f} %."
            )
        gains = self.metrics["likelihood"].items()
        lines.append(
            "Log-likelihood of a cell over a Gaussian walk: "
            + ", ".join(f"{name} {gain['mean']:+.2f}" for name, gain in gains)
        )
        return "\n".join(lines)


def relaxation_spread(
    stored: Sequence[dict[str, Any]], model: dict[str, Any], seeds: list[int], pooled: int
) -> RelaxationSpread:
    """The answer out of the stored parts of the run.

    Args:
        stored: Moments and likelihoods for each seed.
        model: What was stored of all cells.
        seeds: The seeds.
        pooled: Neighbouring levels in a group.
    """
    complete = [time for time, share in enumerate(model["unread"][1:]) if share < TOLERANCE]
    metrics: dict[str, Any] = {"seeds": seeds, "time": stored[0]["time"][complete].tolist()}
    for name in ("level", "pooled", "all"):
        each = [_agreement(part, name, complete) for part in stored]
        metrics[name] = {key: spread([one[key] for one in each]) for key in each[0]}
    groups = stored[0]["pooled_measured"].shape[1]
    names = [f"{group * pooled}-{group * pooled + pooled - 1}" for group in range(groups)]
    rows = {name: ("pooled", group) for group, name in enumerate(names)} | {"all": ("all", 0)}
    metrics["ratio"] = {
        name: {
            f"t{index}": spread([float(_ratio(part, kind)[group, time]) for part in stored])
            for index, time in enumerate(complete)
        }
        for name, (kind, group) in rows.items()
    }
    metrics["missed"] = {
        f"t{index}": stored[0]["level"][_missed(stored, time)].tolist()
        for index, time in enumerate(complete)
    }
    metrics["likelihood"] = {
        name: spread([float(s[f"likelihood_{name}"] - s["likelihood_gaussian"]) for s in stored])
        for name in ("relaxation", "bursts", "power_law")
    }
    left_out = [index for index in range(len(model["time"]) - 1) if index not in complete]
    metrics["left_out"] = {
        f"{model['time'][index + 1]:g}s": {
            "unread": float(model["unread"][index + 1]),
            "selection": float(model["selection"][index + 1]),
            "ratio": spread([float(_ratio(part, "all")[0, index]) for part in stored]),
        }
        for index in left_out
    }
    return RelaxationSpread(metrics)


def _missed(stored: Sequence[dict[str, Any]], time: int) -> np.ndarray:
    """Levels at which the mean ratio is farther than the tolerance from 1."""
    mean = np.mean([_ratio(part, "level")[:, time] for part in stored], axis=0)
    missed: np.ndarray = np.abs(mean - 1.0) > TOLERANCE
    return missed


def _ratio(part: dict[str, Any], name: str) -> np.ndarray:
    ratio: np.ndarray = part[f"{name}_simulated"][2] / part[f"{name}_measured"][2]
    return ratio


def _agreement(part: dict[str, Any], name: str, complete: list[int]) -> dict[str, float]:
    error = _ratio(part, name)[:, complete] - 1.0
    cells, kurtosis = part[f"{name}_measured"][0], part[f"{name}_simulated"][3]
    chance = np.sqrt((kurtosis - 1.0) / (4.0 * cells))[:, complete]
    exact = [math.erf(TOLERANCE / one / math.sqrt(2)) for one in chance.flat]
    return {
        "within": float((np.abs(error) < TOLERANCE).mean()),
        "expected": float(np.mean(exact)),
        "worst": float(np.abs(error).max()),
        "error": float(np.sqrt(np.mean(error**2))),
        "sampling_error": float(np.sqrt(np.mean(chance**2))),
    }
