"""The answer: errors of all calibrators beside the paper's, and what they cost."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from mho.studies.readout_error import NOISE_FREE, PARTS
from mho.studies.spread import spread
from mho.studies.study import Shards

if TYPE_CHECKING:
    from .calibrate_readout import CalibrateReadout

RAW = "raw"
"""Name of the currents as they are read, beside those of the calibrators."""
FLOOR = "floor"
"""Name of what noise leaves at least, beside those of the calibrators."""
CURVE = "curve."
"""What stands before the name of a network's loss curve in its shard."""
IDEAL = "ideal"
"""Shard of the signals that perfect arrays would give."""

PAPER = {
    "train": 0.000139,
    "validation_vectors": 0.000149,
    "validation_matrices": 0.000149,
    "sinusoid": 0.003398,
    "dc": 0.003185,
}
"""Calibrated errors of Rezaeifar et al., table 1, in (10 uA)^2; how they split is not told."""


@dataclass(frozen=True)
class Calibrations:
    """Errors of corrected currents.

    Args:
        metrics: `multiplications` has those of each calibrator for one vector, and `product` those
            of the product that is repaired. Then by array, noise, calibrator and part the mean
            squared `error`, in (10 uA)^2, and the `gain`, the raw error over it, with their spread
            over the seeds; with noise also `over_floor`, the error over that of the best
            linear-Gaussian estimate that knows the circuit, whose own error stands under `floor`.
    """

    metrics: dict[str, Any]

    @classmethod
    def gather(cls, folder: Shards, study: "CalibrateReadout") -> Self:
        """The result out of a folder's shards.

        Args:
            folder: Holds them.
            study: Made them.
        """
        metrics: dict[str, Any] = {
            "seeds": list(study.seeds),
            "product": study.data.rows * study.data.cols,
            "multiplications": dict.fromkeys(study.entries, 0),
        }
        for array in study.data.arrays:
            shards = {
                name: [folder.read(shard_name(name, array, seed)) for seed in study.seeds]
                for name in study.entries
            }
            noises = (NOISE_FREE, *study.data.noises)
            floors = [folder.read(shard_name(FLOOR, array, seed)) for seed in study.seeds]
            metrics[array] = {noise: _table(shards, floors, noise) for noise in noises}
            for name, each in shards.items():
                cost = max(int(shard["multiplications"]) for shard in each)
                costs = metrics["multiplications"]
                costs[name] = max(costs[name], cost)
        return cls(metrics)

    @property
    def arrays(self) -> list[str]:
        """Names of the arrays."""
        return [name for name in self.metrics if name not in _NO_ARRAYS]

    def __str__(self) -> str:
        seeds, product = len(self.metrics["seeds"]), self.metrics["product"]
        lines = [f"CalibrateReadout: mean squared error in (10 uA)^2, mean of {seeds} seeds"]
        for array in self.arrays:
            lines += [f"{array}; multiplications beside {product} of the product"]
            lines += self._lines(array)
        return "\n".join(lines)

    def _lines(self, array: str) -> list[str]:
        tables, width = self.metrics[array], 2 + max(map(len, self.metrics["multiplications"]))
        noises = [noise for noise in tables if noise != NOISE_FREE]
        heads = ["mult.", *(_HEADS[part] for part in PARTS), *noises]
        lines = [" " * width + "".join(f"{head:>12}" for head in heads)]
        lines.append(f"{'paper':{width}}" + " " * 12 + _figures(PAPER[part] for part in PARTS))
        for name, errors in tables[NOISE_FREE].items():
            each = [errors[part]["error"]["mean"] for part in PARTS]
            each += [tables[n][name]["validation_matrices"]["error"]["mean"] for n in noises]
            cost = self.metrics["multiplications"][name]
            lines.append(f"{name:{width}}{cost:>12}" + _figures(each))
        least = [tables[n][FLOOR]["validation_matrices"]["error"]["mean"] for n in noises]
        return [*lines, f"{FLOOR:{width}}" + " " * 12 * (1 + len(PARTS)) + _figures(least)]


def shard_name(calibrator: str, array: str, seed: int) -> str:
    """Shard of what a calibrator made of one array's currents.

    Args:
        calibrator: Name of the calibrator, or `RAW`.
        array: Name of the array.
        seed: Of the data.
    """
    return f"{calibrator}-{array}-seed{seed}"


def _table(
    shards: dict[str, list[dict[str, Any]]], floors: list[dict[str, Any]], noise: str
) -> dict[str, Any]:
    """Spread of the figures by calibrator and part."""
    errors = {name: _errors(each, noise) for name, each in shards.items()}
    table: dict[str, Any] = {
        name: {
            part: {"error": spread(each), "gain": spread(_ratios(errors[RAW][part], each))}
            for part, each in parts.items()
        }
        for name, parts in errors.items()
    }
    if noise != NOISE_FREE:
        least = _errors(floors, noise)
        for name, parts in errors.items():
            for part, each in parts.items():
                table[name][part]["over_floor"] = spread(_ratios(each, least[part]))
        table[FLOOR] = {part: {"error": spread(each)} for part, each in least.items()}
    return table


def _errors(shards: list[dict[str, Any]], noise: str) -> dict[str, list[float]]:
    return {part: [float(shard[f"{noise}.{part}"]) for shard in shards] for part in PARTS}


def _ratios(above: list[float], below: list[float]) -> list[float]:
    return [one / other for one, other in zip(above, below, strict=True)]


def _figures(errors: Any) -> str:
    return "".join(f"{error:>12.2e}" for error in errors)


_NO_ARRAYS = ("seeds", "product", "multiplications")
_HEADS = {
    "train": "train",
    "validation_vectors": "vectors",
    "validation_matrices": "matrices",
    "sinusoid": "sinusoid",
    "dc": "dc",
}
