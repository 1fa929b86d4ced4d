"""The answer: pulses, straightness and reliability of the levels, in a few numbers."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch

from mho.core.units import si
from mho.programming.nonlinearity import FromOne, FromZero, nonlinearity, nonlinearity_factor
from mho.programming.segmentation import Levels, segment
from mho.studies.spread import spread
from mho.studies.study import Shards

from .measurements import DIRECTIONS


@dataclass(frozen=True)
class LevelCounts:
    """How many pulses, and how good the levels.

    Args:
        metrics: For `set` and `reset` the `events` of a sweep, their spread from sweep to sweep
            `deviation`, `power` (W) and, for each number of levels, `nu` and `nlf` with the levels
            counted from one as published and from zero, `skipped`, `skipped_share` and
            `unoccupied`; `corrected`, the same by write-and-verify, with its `pulses`; `learning`
            by name. Each is a mean with its spread over the seeds.
    """

    metrics: dict[str, Any]

    @classmethod
    def gather(
        cls,
        folder: Shards,
        *,
        levels: tuple[int, ...],
        seeds: tuple[int, ...],
        learning: tuple[str, ...],
        corrected: bool,
    ) -> Self:
        """The result out of a folder's shards.

        Args:
            folder: Holds every measurement.
            levels: Numbers of levels.
            seeds: Seeds of the measurements.
            learning: Names of the learning schemes.
            corrected: Whether levels were met by write-and-verify.
        """
        stored = [folder.read(f"seed{seed}-sweeps") for seed in seeds]
        metrics: dict[str, Any] = {
            "seeds": list(seeds),
            "levels": list(levels),
            "sweeps": len(stored[0]["set_events"]),
            "ratio": float(stored[0]["ends"].max() / stored[0]["ends"].min()),
        }
        for name in DIRECTIONS:
            metrics[name] = _over([_sweep_figures(part, name, levels) for part in stored])
        if corrected:
            parts = [folder.read(f"seed{seed}-corrected") for seed in seeds]
            metrics["corrected"] = {
                name: _over([_corrected_figures(part, name) for part in parts])
                for name in DIRECTIONS
            }
        for name in learning:
            parts = [folder.read(f"seed{seed}-{name}") for seed in seeds]
            figures = _over([_learning(part, levels[0]) for part in parts])
            metrics.setdefault("learning", {})[name] = figures
        return cls(metrics)

    def __str__(self) -> str:
        metrics = self.metrics
        head = f"FeedforwardLevels: {metrics['sweeps']} sweeps for each of"
        lines = [f"{head} {len(metrics['seeds'])} seeds, range of {metrics['ratio']:.3g} to 1"]
        title = "".join(f"{word:>11}" for word in ("levels", "nu", "NLF", "skipped", "unoccupied"))
        for name in DIRECTIONS:
            part = metrics[name]
            events, power = part["events"]["mean"], si(part["power"]["mean"], "W")
            deviation = part["deviation"]["mean"]
            lines.append(f"{name.upper()}: {events:.0f} ± {deviation:.0f} pulses, {power}")
            lines.append(title)
            for n in metrics["levels"]:
                row = part["levels"][str(n)]
                figures = [row[key]["mean"] for key in ("nu", "nlf")]
                counts = [row[key]["mean"] for key in ("skipped", "unoccupied")]
                shown = "".join(f"{value:>11.2e}" for value in figures)
                lines.append(f"{n:>11}{shown}" + "".join(f"{value:>11.1f}" for value in counts))
            if "corrected" in metrics:
                row = metrics["corrected"][name]
                lines.append(
                    f"   {metrics['levels'][0]} levels by write-and-verify:"
                    f" {row['pulses']['mean']:.0f} pulses, {row['skipped']['mean']:.1f} skipped,"
                    f" NLF {row['nlf']['mean']:.1e}"
                )
        for name, row in metrics.get("learning", {}).items():
            errors = (
                max(row[scheme][way]["error"]["mean"] for way in DIRECTIONS)
                for scheme in ("learning", "calibrated")
            )
            shown = " instead of ".join(f"{100 * error:.1f} %" for error in errors)
            effort = 100 * row["effort"]["mean"]
            lines.append(
                f"learning, {name}: {shown} off the wanted pulses,"
                f" for {effort:.0f} % of the calibration's pulses"
            )
        return "\n".join(lines)


def levels_of(stored: dict[str, Any], direction: str, n: int) -> Levels:
    """Levels of the sweeps of one seed.

    Args:
        stored: Shard of the sweeps.
        direction: One of `DIRECTIONS`.
        n: Levels.
    """
    return segment(torch.as_tensor(stored[f"{direction}_value"]), n)


def _sweep_figures(stored: dict[str, Any], name: str, levels: tuple[int, ...]) -> dict[str, Any]:
    events = stored[f"{name}_events"].astype(float)
    steps = np.abs(np.diff(stored[f"{name}_value"], axis=1))
    known = steps[~np.isnan(steps)]
    return {
        "events": float(events.mean()),
        "deviation": float(events.std(ddof=1)) if len(events) > 1 else 0.0,
        "power": float(stored[f"{name}_power"].mean()),
        "step": float(known.mean()),
        "levels": {str(n): _level_figures(levels_of(stored, name, n)) for n in levels},
    }


def _level_figures(levels: Levels) -> dict[str, float]:
    skipped = levels.skipped()
    return {
        "nu": float(nonlinearity(levels, FromOne()).mean()),
        "nu_from_zero": float(nonlinearity(levels, FromZero()).mean()),
        "nlf": float(nonlinearity_factor(levels, FromZero()).mean()),
        "nlf_from_one": float(nonlinearity_factor(levels, FromOne()).mean()),
        "skipped": float(skipped.sum()),
        "skipped_share": float(skipped.double().mean()),
        "unoccupied": float(levels.unoccupied.double().mean()),
    }


def _corrected_figures(stored: dict[str, Any], name: str) -> dict[str, float]:
    target, achieved = (torch.as_tensor(stored[f"{name}_{k}"]) for k in ("target", "achieved"))
    levels = Levels(target, achieved, torch.arange(len(target)).expand(len(achieved), -1))
    pulses = stored[f"{name}_pulses"].sum(1).astype(float)
    missed = (levels.achieved - levels.target).abs() * (len(target) - 1) > 1.0
    return _level_figures(levels) | {
        "pulses": float(pulses.mean()),
        "missed_share": float(missed.double().mean()),
        "energy": float(stored[f"{name}_energy"].mean()),
    }


def _learning(stored: dict[str, Any], n: int) -> dict[str, Any]:
    """Pulses over those of the calibration, and what the last sweeps are like.

    Only sweeps of the last cycle count.
    """
    sent = float(stored["before"]) + float(stored["first"])
    figures: dict[str, Any] = {"effort": sent / float(stored["full"])}
    for scheme in ("calibrated", "learning"):
        figures[scheme] = {}
        for name in DIRECTIONS:
            error = float(stored[f"{scheme}_{name}"][-1]) / float(stored[f"{name}_wanted"]) - 1.0
            levels = segment(torch.as_tensor(stored[f"{scheme}_{name}_value"]), n)
            figures[scheme][name] = {"error": abs(error)} | _level_figures(levels)
    return figures


def _over(parts: list[Any]) -> Any:
    """Spreads over the seeds, of tables of figures."""
    if isinstance(parts[0], dict):
        return {key: _over([part[key] for part in parts]) for key in parts[0]}
    return spread(parts)
