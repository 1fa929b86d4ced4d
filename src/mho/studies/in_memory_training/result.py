"""The answer of `InMemoryTraining`: a training curve for each rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mho.studies.spread import spread

DIGITAL = "digital"


@dataclass(frozen=True)
class TrainedInMemory:
    """How well each rule learns.

    Args:
        metrics: By rule the accuracy after the last epoch (per cent) and before the first with
            their spread over the seeds, what was gained between them and the loss against the rule
            named `digital` (points), and the mean accuracy before the first and after every epoch.
    """

    metrics: dict[str, Any]

    @classmethod
    def of(cls, curves: dict[str, list[list[float]]], seeds: Sequence[int]) -> "TrainedInMemory":
        """The answer out of the curves.

        Args:
            curves: By rule the accuracy after every epoch, for each seed.
            seeds: The seeds.
        """
        last = {name: [curve[-1] for curve in each] for name, each in curves.items()}
        mean = {
            name: [sum(at) / len(at) for at in zip(*each, strict=True)]
            for name, each in curves.items()
        }
        metrics: dict[str, Any] = {
            "seeds": list(seeds),
            "accuracy": {name: spread(values) for name, values in last.items()},
            "first": {name: spread([curve[0] for curve in each]) for name, each in curves.items()},
            "gain": {
                name: spread([curve[-1] - curve[0] for curve in each])
                for name, each in curves.items()
            },
            "curve": mean,
        }
        if DIGITAL in last:
            metrics["loss"] = {
                name: spread([d - v for d, v in zip(last[DIGITAL], values, strict=True)])
                for name, values in last.items()
                if name != DIGITAL
            }
        return cls(metrics)

    def __str__(self) -> str:
        epochs = len(next(iter(self.metrics["curve"].values()))) - 1
        lines = [f"InMemoryTraining: accuracy after {epochs} epochs"]
        for name, figure in self.metrics["accuracy"].items():
            lines.append(f"{name:>16}{figure['mean']:>8.2f} % +- {figure['std']:.2f}")
        return "\n".join(lines)
