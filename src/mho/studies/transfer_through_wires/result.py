"""The answer of `TransferThroughWires`: accuracy over the size of the tiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mho.studies.accuracies import enough, table
from mho.studies.spread import spread
from mho.studies.study import Shards

NONE = "none"
"""Name of currents as they are, beside those of the calibrators."""


def shard_name(cells: str, size: int, repair: str) -> str:
    """Shard of the draws of one case.

    Args:
        cells: Name of the cells.
        size: Rows and columns of the tiles.
        repair: Name of the calibrator.
    """
    return f"{cells}-{size}-{repair}"


@dataclass(frozen=True)
class AccuracyThroughWires:
    """What a network keeps on tiles with wires.

    Args:
        metrics: Accuracy of the digital network (per cent); by cells, repair and size the accuracy,
            and the loss against digital (points), each as mean, standard deviation and values of
            the draws; the number of tiles, and the digital multiplications of the repairs for one
            vector of each layer over the weights; by cells and repair the largest size up to which
            no size loses more than so many points on average, none if there is none; what was
            identified of the wires, by parameter.
    """

    metrics: dict[str, Any]

    @classmethod
    def gather(
        cls,
        folder: Shards,
        *,
        cells: Sequence[str],
        sizes: Sequence[int],
        repairs: Sequence[str],
        seeds: Sequence[int],
        points: float,
    ) -> "AccuracyThroughWires":
        """The answer out of a folder's shards.

        Args:
            folder: Holds every accuracy.
            cells: Names of the cells.
            sizes: Rows and columns of the tiles.
            repairs: Names of the calibrators, and `NONE`.
            seeds: One for each draw.
            points: Loss that is small enough.
        """
        stored = folder.read("digital")
        digital = float(stored["accuracy"])
        metrics: dict[str, Any] = {"digital": digital, "images": int(stored["images"])}
        metrics |= {"sizes": list(sizes), "seeds": list(seeds), "points": points}
        kinds = ("accuracy", "loss", "tiles", "multiplications", "enough", "found")
        metrics |= {kind: {name: {} for name in cells} for kind in kinds}
        for name in cells:
            for repair in repairs:
                read = {str(size): folder.read(shard_name(name, size, repair)) for size in sizes}
                scores = {n: part["accuracy"].tolist() for n, part in read.items()}
                losses = {n: spread([digital - x for x in v]) for n, v in scores.items()}
                metrics["accuracy"][name][repair] = {n: spread(v) for n, v in scores.items()}
                metrics["loss"][name][repair] = losses
                metrics["enough"][name][repair] = enough(losses, sorted(sizes), points)
                for kind in ("tiles", "multiplications"):
                    table = {n: part[kind][0].item() for n, part in read.items()}
                    metrics[kind][name][repair] = table
                found = {
                    key.removeprefix("found."): spread(value.tolist())
                    for key, value in read[str(sizes[0])].items()
                    if key.startswith("found.")
                }
                if found:
                    metrics["found"][name][repair] = found
        return cls(metrics)

    def __str__(self) -> str:
        metrics = self.metrics
        lines = [
            f"TransferThroughWires: {metrics['images']} pictures,"
            f" digital {metrics['digital']:.2f} %",
            *table(
                metrics["accuracy"],
                {n: f"{n}x{n}" for n in metrics["sizes"]},
                metrics["enough"],
                f"within {metrics['points']:g} up to {{}}",
            ),
        ]
        return "\n".join(lines)
