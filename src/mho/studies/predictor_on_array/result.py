"""The answer: errors stage by stage, and what programming and predicting cost."""

from dataclasses import dataclass
from typing import Any, Self

import torch

from mho.core.units import si
from mho.studies.spread import spread
from mho.studies.study import Shards

STAGES = {
    "digital": "digital network",
    "mapped": "mapped to conductances",
    "programmed": "+ programmed by its own pulses",
    "noise": "+ read noise",
    "wires": "+ wire resistance",
    "converters": "+ converters",
    "calibrated": "+ calibration",
}
"""What each stage adds to the one before."""


@dataclass(frozen=True)
class ArrayPrediction:
    """How a predictor does on arrays, and what it costs there.

    Args:
        metrics: Each with its spread over the seeds: mean relative error of one pulse and share
            within half of the target at every stage and at every resolution of the weights; how
            the digital and the analog predictor program other cells; cells, pulses, time (s) and
            energy (J) of programming the predictor, time and energy of a prediction.
    """

    metrics: dict[str, Any]

    @classmethod
    def gather(cls, folder: Shards, *, seeds: tuple[int, ...], bits: tuple[int, ...]) -> Self:
        """The result out of a folder's shards.

        Args:
            folder: Holds the shards.
            seeds: Seeds of the study.
            bits: Resolutions of the weights that were tried.
        """
        stored = [folder.read(f"seed{seed}") for seed in seeds]
        metrics: dict[str, Any] = {"seeds": list(seeds), "bits": list(bits)}
        for name in stored[0]:
            values = [torch.as_tensor(each[name]).tolist() for each in stored]
            if isinstance(values[0], list):
                metrics[name] = {
                    str(bits): spread([value[k] for value in values]) for k, bits in enumerate(bits)
                }
            else:
                metrics[name] = spread(values)
        return cls(metrics)

    def __str__(self) -> str:
        m = {
            key: v["mean"] for key, v in self.metrics.items() if isinstance(v, dict) and "mean" in v
        }
        lines = [f"PredictorOnArray: {m['weights']:.0f} weights on {m['cells']:.0f} cells"]
        lines += [
            f"{label:<34}{100 * m[f'error_{stage}']:>6.1f} %"
            f"{100 * m[f'within_half_{stage}']:>8.1f} % within half"
            for stage, label in STAGES.items()
        ]
        lines += [
            f"{bits:>2}-bit weights alone{'':<17}"
            f"{100 * self.metrics['error_at_bits'][str(bits)]['mean']:>6.1f} %"
            for bits in self.metrics["bits"]
        ]
        for stage, label in (("digital", "digital"), ("calibrated", "on arrays")):
            lines.append(
                f"other cells, predictor {label}: {100 * m[f'others_converged_{stage}']:.1f} %"
                f" programmed, {m[f'others_pulses_{stage}']:.2f} pulses,"
                f" {si(m[f'others_time_{stage}'], 's')} and"
                f" {si(m[f'others_energy_{stage}'], 'J')} per cell"
            )
        lines.append(
            f"programming the predictor: {m['pulses_per_cell']:.2f} pulses per cell,"
            f" {si(m['programming_time'], 's')} and {si(m['programming_energy'], 'J')} in all;"
            f" one prediction: {si(m['prediction_time'], 's')}, {si(m['prediction_energy'], 'J')}"
        )
        return "\n".join(lines)
