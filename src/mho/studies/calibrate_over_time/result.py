"""The answer: errors of calibrators over exposures to what changes the cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mho.studies.spread import spread
from mho.studies.study import Shards


@dataclass(frozen=True)
class CalibrationsOverTime:
    """Errors of corrected currents of cells that have changed.

    Args:
        metrics: By use, what its exposures are (`axis`, `exposures`); at each of them the mean and
            the spread of conductances over the programmed ones (`change`), and by calibrator the
            mean squared `error`, in (10 uA)^2, with its spread over the seeds, that at the `last`
            exposure by itself; and by calibrator the worst ratio of its error to that of a freshly
            fitted map (`over_fresh`).
    """

    metrics: dict[str, Any]

    @classmethod
    def gather(
        cls,
        folder: Shards,
        seeds: Sequence[int],
        axes: Mapping[str, tuple[str, Sequence[float]]],
        *,
        most: int,
    ) -> "CalibrationsOverTime":
        """The result out of a folder's shards.

        Args:
            folder: Holds them.
            seeds: The seeds.
            axes: What the exposures of each use are, and the exposures.
            most: Vectors that a calibrator is refreshed from, at most.
        """
        metrics: dict[str, Any] = {"seeds": list(seeds), "most": most}
        for use, (axis, exposures) in axes.items():
            shards = [folder.read(f"{use}-seed{seed}") for seed in seeds]
            error = {
                name: [spread([float(s[name][k]) for s in shards]) for k in range(len(exposures))]
                for name in sorted(shards[0].keys() - {"change"}, key=_place)
            }
            metrics[use] = {
                "axis": axis,
                "exposures": list(exposures),
                "change": [
                    {
                        key: spread([float(s["change"][k][i]) for s in shards])
                        for i, key in enumerate(("mean", "spread"))
                    }
                    for k in range(len(exposures))
                ],
                "error": error,
                "last": {name: errors[-1] for name, errors in error.items()},
                "over_fresh": {name: _over_fresh(shards, name) for name in error},
            }
        return cls(metrics)

    def __str__(self) -> str:
        lines = ["CalibrateOverTime: mean squared error, (10 uA)^2, and the worst over a fresh one"]
        for use, table in self.metrics.items():
            if use in ("seeds", "most"):
                continue
            lines.append(f"{use}: {table['axis']}")
            at = "".join(f"{exposure:>10.0e}" for exposure in table["exposures"])
            lines.append(f"{'':<16}{at}{'worst':>8}")
            for name, errors in table["error"].items():
                row = "".join(f"{error['mean']:>10.2e}" for error in errors)
                lines.append(f"  {name:<14}{row}{table['over_fresh'][name]['mean']:>8.2f}")
        return "\n".join(lines)


_ORDER = ("raw", "stale", "conditioned", "refreshed", "unaware", "unchosen", "fresh", "told")


def _place(name: str) -> tuple[int, int]:
    """Where a calibrator stands in a table."""
    kind, _, vectors = name.partition("_")
    return _ORDER.index(kind), int(vectors or 0)


def _over_fresh(shards: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Worst ratio over the exposures, of errors that are first averaged over the seeds."""
    own, fresh = (sum(shard[key] for shard in shards) / len(shards) for key in (name, "fresh"))
    each = [float((shard[name] / shard["fresh"]).max()) for shard in shards]
    return spread(each) | {"mean": float((own / fresh).max())}
