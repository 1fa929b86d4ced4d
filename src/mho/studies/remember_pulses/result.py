"""The answer: errors of the next pulse by what is known, and pulses of whole jobs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from mho.studies.spread import spread
from mho.studies.study import Shards

if TYPE_CHECKING:
    from .remember_pulses import RememberPulses


@dataclass(frozen=True)
class RememberedPulses:
    """How close the next pulse lands, and how many pulses jobs take.

    Args:
        metrics: `next` has the mean relative error of the next pulse, of `set` and `reset` pulses
            and of all (`rpd`), for whoever remembers so many pulses (`remembered0` and so on), for
            whoever knows the whole `state`, and for the predictors with (`history`) and without
            (`memoryless`) the earlier pulses in sight; `closed` is the part of the distance from
            `remembered0` to `state` that each closes. `jobs` has for each scheme and tolerance the
            `median` and the `p95` of the pulses that cells took, one more than were allowed if
            these cells needed more, and the `share` that got there. All with their spread.
    """

    metrics: dict[str, Any]

    @classmethod
    def gather(cls, folder: Shards, study: "RememberPulses") -> Self:
        """The result out of a folder's shards.

        Args:
            folder: Holds the shards.
            study: Settings that they were made with.
        """
        judged = [folder.read(f"next-seed{seed}") for seed in study.seeds]
        jobs = [folder.read(f"jobs-seed{seed}") for seed in study.seeds]
        ways = [_ways(each["upwards"]) for each in judged]
        names = [name for name in judged[0] if name not in ("upwards", "tried")]
        metrics: dict[str, Any] = {"seeds": list(study.seeds), "next": {}, "jobs": {}}
        for name in names:
            means = [
                {way: float(shard[name][mask].mean()) for way, mask in masks.items()}
                for shard, masks in zip(judged, ways, strict=True)
            ]
            figures = {way: spread([each[way] for each in means]) for way in means[0]}
            metrics["next"][name] = figures
        for name, figures in metrics["next"].items():
            figures["closed"] = {way: _closed(metrics["next"], name, way) for way in ways[0]}
        for key in (key for key in jobs[0] if key != "target"):
            name, number = key.split("-")
            tolerance = study.jobs.tolerances[int(number)]
            within = f"within_{100 * tolerance:.3g}"
            taken = [np.minimum(each[key], study.jobs.pulses + 1) for each in jobs]
            metrics["jobs"].setdefault(name, {})[within] = {
                "median": spread([float(np.median(each)) for each in taken]),
                "p95": spread([_quantile(each) for each in taken]),
                "share": spread([float(np.isfinite(each[key]).mean()) for each in jobs]),
            }
        return cls(metrics)

    def __str__(self) -> str:
        lines = ["RememberPulses: mean relative error of the next pulse, and distance closed"]
        lines.append(f"{'':>14}{'SET':>10}{'RESET':>10}{'all':>10}{'closed':>10}")
        for name, figures in self.metrics["next"].items():
            errors = "".join(f"{100 * figures[way]['mean']:>8.1f} %" for way in WAYS)
            lines.append(f"{name:>14}{errors}{100 * figures['closed']['rpd']:>8.0f} %")
        lines.append("pulses of jobs, median and 95th percentile")
        for name, figures in self.metrics["jobs"].items():
            parts = (
                f"{within.replace('within_', 'to ')} %: {each['median']['mean']:.3g}, "
                f"{each['p95']['mean']:.3g}"
                for within, each in figures.items()
            )
            lines.append(f"{name:>14}  " + "; ".join(parts))
        return "\n".join(lines)


def _ways(upwards: Any) -> dict[str, Any]:
    up = np.asarray(upwards) > 0
    return {"set": up, "reset": ~up, "rpd": np.ones_like(up)}


def _closed(figures: dict[str, Any], name: str, way: str) -> float:
    worst, best = (figures[known][way]["mean"] for known in ("remembered0", "state"))
    return float((worst - figures[name][way]["mean"]) / (worst - best))


def _quantile(taken: Any) -> float:
    return float(np.quantile(taken, 0.95, method="higher"))


WAYS = ("set", "reset", "rpd")
