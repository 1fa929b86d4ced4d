"""What the report of predicted pulses draws from, read out of a run folder once."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from mho.reports.figures import INK, scheme_colours
from mho.studies.predict_pulses import relative_error
from mho.studies.runs import RunFolder

LABELS = {
    "noise_free": "noise-free inverse",
    "saved_by_t": "squared time, saved by time",
    "saved_by_g": "squared time, saved by conductance",
    "fine_tuned": "fine-tuned",
    "fine_tuned_smoothed": "fine-tuned, smoothed",
    "ours": "ours",
}
"""How the schemes that the paper draws, and ours, are called in figures."""


@dataclass(frozen=True)
class SchemeData:
    """What one scheme did.

    Args:
        label: Its name in figures.
        colour: Its colour.
        error: (starts, targets, cells), per cent. Relative error after one pulse.
        verified: (reads, starts, targets, 1), uS. Every read of write and verify.
    """

    label: str
    colour: str
    error: np.ndarray
    verified: np.ndarray


@dataclass(frozen=True)
class PredictionData:
    """A finished run.

    Args:
        schemes: What the schemes did, by name.
        starts: (starts,), uS. Conductances before the pulse.
        targets: (targets,), uS. Conductances wanted.
        shared: (targets,), uS. Targets of write and verify, those of one pulse first.
        bound: (starts,), per cent. Bound of reads, a mean over the targets.
    """

    schemes: dict[str, SchemeData]
    starts: np.ndarray
    targets: np.ndarray
    shared: np.ndarray
    bound: np.ndarray

    @classmethod
    def of(cls, folder: RunFolder) -> Self:
        """The data of a run, of its first seed.

        Args:
            folder: Finished run of `PredictPulses`.
        """
        seeds: list[int] = folder.metrics["seeds"][:1]
        names: list[Any] = [name for name in folder.metrics if name in LABELS]
        colours = scheme_colours(names) | {"noise_free": INK}
        schemes = {}
        for name in names:
            shards = [folder.read(f"{name}-seed{seed}") for seed in seeds]
            error = 100 * np.concatenate([relative_error(shard) for shard in shards], -1)
            verified = 1e6 * np.stack([shard["verified"] for shard in shards], -1)
            schemes[name] = SchemeData(LABELS[name], colours[name], error, verified)
        starts, targets, shared = (
            1e6 * shards[0][name] for name in ("starts", "targets", "verified_targets")
        )
        bound = 100 * np.mean([folder.read(f"bound-seed{seed}")["reads"] for seed in seeds], 0)
        data = cls(schemes, starts, targets, shared, bound)
        return replace(data, bound=np.nanmean(np.where(data.pairs, bound, np.nan), 1))

    @property
    def pairs(self) -> np.ndarray:
        """Pairs of different start and target: (starts, targets), bool."""
        different: np.ndarray = self.starts[:, None] != self.targets
        return different
