"""The answer: how much intervals hold, and what is flagged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import torch

from mho.studies.calibrate_readout.trial import SIGNALS
from mho.studies.readout_error import NOISE_FREE
from mho.studies.spread import spread
from mho.studies.study import Shards

if TYPE_CHECKING:
    from .trust_calibration import TrustCalibration

FAMILIAR = "familiar"
"""Name of the readings that are like those that were learned from."""
FLAGS = ("vectors", "array", "matrix", "any", "known")
"""What raises alarms: each vector, several together, the matrix, any of these; known vectors."""


@dataclass(frozen=True)
class TrustedCalibrations:
    """How far calibrators can be trusted to say how far they can be trusted.

    Args:
        metrics: `off` is the largest difference between the share within an interval and what it
            should be, of any array, noise and interval, by calibrator; `false_alarms` the share of
            the familiar readings that is flagged, by calibrator and flag, over all arrays and
            noises, beside the `nominal` rate; `flagged` the same for what is strange. By array,
            noise and calibrator stand the shares `within` each interval for familiar readings and
            for the filters, and what is `flagged`.
    """

    metrics: dict[str, Any]

    @classmethod
    def gather(cls, folder: Shards, study: "TrustCalibration") -> Self:
        """The result out of a folder's shards.

        Args:
            folder: Holds them.
            study: Made them.
        """
        noises = (NOISE_FREE, *study.data.noises)
        parts = (FAMILIAR, *SIGNALS, *study.strange)
        shards = {
            (array, noise, name): [
                folder.read(shard_name(name, array, noise, seed)) for seed in study.seeds
            ]
            for array in study.data.arrays
            for noise in noises
            for name in study.trusted
        }
        metrics: dict[str, Any] = {
            "seeds": list(study.seeds),
            "shares": list(study.shares),
            "together": study.together,
            "nominal": {name: each.false_alarms for name, each in study.trusted.items()},
            "off": {},
            "false_alarms": {},
            "flagged": {},
        }
        for name in study.trusted:
            own = [each for (_, _, calibrator), each in shards.items() if calibrator == name]
            seeds = list(zip(*own, strict=True))
            off = [max(_off(shard, study.shares) for shard in each) for each in seeds]
            metrics["off"][name] = spread(off)
            flagged = {part: _flagged(seeds, part) for part in parts}
            metrics["false_alarms"][name] = flagged.pop(FAMILIAR)
            metrics["flagged"][name] = flagged
        for (array, noise, name), each in shards.items():
            single = [(shard,) for shard in each]
            table = metrics.setdefault(array, {}).setdefault(noise, {})
            table[name] = {
                "within": {
                    part: _within(each, part, study.shares) for part in (FAMILIAR, *SIGNALS)
                },
                "flagged": {part: _flagged(single, part) for part in parts},
            }
        return cls(metrics)

    def __str__(self) -> str:
        metrics = self.metrics
        lines = ["TrustCalibration: shares of the ideal currents within intervals, unseen matrices"]
        shares = "".join(f"{100 * share:>9g} %" for share in metrics["shares"])
        for name, off in metrics["off"].items():
            lines.append(f"{name}: at most {100 * off['mean']:.1f} points off")
            lines.append(f"  {'':24}{shares}")
            lines += self._within_lines(name)
            nominal = 100 * metrics["nominal"][name]
            lines.append(f"  flagged, {nominal:g} % of the familiar by each but `any`")
            lines.append(f"  {'':24}" + "".join(f"{flag:>11}" for flag in FLAGS))
            rows = {FAMILIAR: metrics["false_alarms"][name]} | metrics["flagged"][name]
            lines += [
                f"  {part:24}" + _percent(row[flag] for flag in FLAGS) for part, row in rows.items()
            ]
        return "\n".join(lines)

    def _within_lines(self, name: str) -> list[str]:
        return [
            f"  {f'{array}, {noise}':24}" + _percent(each[name]["within"][FAMILIAR].values())
            for array, noises in self.metrics.items()
            if isinstance(noises, dict) and NOISE_FREE in noises
            for noise, each in noises.items()
        ]


def shard_name(calibrator: str, array: str, noise: str, seed: int) -> str:
    """Shard of what was thought of one array's currents.

    Args:
        calibrator: Name of the calibrator.
        array: Name of the array.
        noise: Name of the noise.
        seed: Of the data.
    """
    return f"{calibrator}-{array}-{noise}-seed{seed}"


def _off(shard: dict[str, Any], shares: tuple[float, ...]) -> float:
    within = torch.as_tensor(shard[f"{FAMILIAR}.within"])
    return float((within - torch.tensor(shares)).abs().max())


def _within(shards: list[dict[str, Any]], part: str, shares: tuple[float, ...]) -> dict[str, Any]:
    return {
        f"{100 * share:g}": spread([float(shard[f"{part}.within"][i]) for shard in shards])
        for i, share in enumerate(shares)
    }


def _flagged(seeds: Sequence[tuple[dict[str, Any], ...]], part: str) -> dict[str, Any]:
    """Shares that are flagged, of each seed's shards together."""
    return {
        flag: spread([sum(float(s[f"{part}.{flag}"]) for s in each) / len(each) for each in seeds])
        for flag in FLAGS
    }


def _percent(spreads: Any) -> str:
    return "".join(f"{100 * each['mean']:>9.1f} %" for each in spreads)
