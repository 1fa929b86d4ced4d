"""The answer of `WeightTransfer`: accuracy over bits, and how many of them are enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mho.core.units import si
from mho.studies.accuracies import enough, table
from mho.studies.spread import spread
from mho.studies.study import Shards


def shard_name(mapping: str, scheme: str, bits: int) -> str:
    """Shard of the draws of one resolution.

    Args:
        mapping: Name of the mapping.
        scheme: Name of the scheme.
        bits: Bits of a cell.
    """
    return f"{mapping}-{scheme}-bits{bits}"


@dataclass(frozen=True)
class TransferredWeights:
    """What a network keeps.

    Args:
        metrics: Accuracy of the digital network (per cent); by mapping, scheme and bits the
            accuracy, and the loss against digital (points), each as mean, standard deviation and
            values of the draws; the root mean square error of the weights over their root mean
            square; by mapping and scheme the fewest bits that are enough, from which on no more
            than so many points are lost, none if there are none; the share of weights clipped; what
            a picture takes with the most bits: energy (J), time (s) and conversions, as estimated.
    """

    metrics: dict[str, Any]

    @classmethod
    def gather(
        cls,
        folder: Shards,
        *,
        mappings: Sequence[str],
        schemes: Sequence[str],
        bits: Sequence[int],
        seeds: Sequence[int],
        points: float,
    ) -> "TransferredWeights":
        """The answer out of a folder's shards.

        Args:
            folder: Holds every accuracy.
            mappings: Names of the mappings.
            schemes: Names of the schemes.
            bits: Resolutions.
            seeds: One for each draw.
            points: Loss that is small enough.
        """
        digital = folder.read("digital")
        metrics: dict[str, Any] = {name: value.item() for name, value in digital.items()}
        metrics["digital"] = metrics.pop("accuracy")
        metrics |= {"bits": list(bits), "seeds": list(seeds), "points": points}
        kinds = ("accuracy", "loss", "relative_error", "enough", "clipped", "cells", "cost")
        metrics |= {kind: {mapping: {} for mapping in mappings} for kind in kinds}
        for mapping in mappings:
            for scheme in schemes:
                read = {str(n): folder.read(shard_name(mapping, scheme, n)) for n in bits}
                scores = {n: part["accuracy"].tolist() for n, part in read.items()}
                losses = {n: [metrics["digital"] - x for x in v] for n, v in scores.items()}
                last = read[str(bits[-1])]
                metrics["accuracy"][mapping][scheme] = {n: spread(v) for n, v in scores.items()}
                metrics["loss"][mapping][scheme] = {n: spread(v) for n, v in losses.items()}
                metrics["relative_error"][mapping][scheme] = {
                    n: float(part["relative_error"]) for n, part in read.items()
                }
                metrics["enough"][mapping][scheme] = enough(
                    metrics["loss"][mapping][scheme], sorted(bits, reverse=True), points
                )
                metrics["clipped"][mapping][scheme] = float(last["clipped"])
                metrics["cells"][mapping][scheme] = int(last["cells"])
                metrics["cost"][mapping][scheme] = {
                    name: float(last[name]) for name in ("energy", "time", "conversions")
                }
        return cls(metrics)

    def __str__(self) -> str:
        metrics = self.metrics
        lines = [
            f"WeightTransfer: {metrics['parameters']} parameters, {metrics['images']} pictures,"
            f" digital {metrics['digital']:.2f} %",
            *table(
                metrics["accuracy"],
                {n: f"{n} bit" for n in metrics["bits"]},
                metrics["enough"],
                f"within {metrics['points']:g} from {{}} bit on",
            ),
            "a picture, with the electronics that `mho.nn.cost` assumes",
        ]
        for mapping, schemes in metrics["cost"].items():
            for scheme, each in schemes.items():
                amount = f"{si(each['energy'], 'J')}, {si(each['time'], 's')}"
                told = f"{amount}, {each['conversions']:.0f} conversions"
                lines.append(f"{f'{mapping}, {scheme}':>28}  {told}")
        return "\n".join(lines)
