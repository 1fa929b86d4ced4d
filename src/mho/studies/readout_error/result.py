"""The answer of the study: its raw errors beside the paper's, and where they come from."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from mho.studies.study import Shards

from .data import NOISE_FREE, PARTS, read_part, shard_name

if TYPE_CHECKING:
    from .readout_error import ReadoutError

PAPER = {
    "train": 0.131878,
    "validation_vectors": 0.122114,
    "validation_matrices": 0.122114,
    "sinusoid": 0.032687,
    "dc": 0.031794,
}
"""Raw errors of Rezaeifar et al., table 1, in (10 uA)^2; how they split their data is not told."""


@dataclass(frozen=True)
class ReadoutErrors:
    """Errors of the currents as they are read.

    Args:
        metrics: `raw` has the mean squared error, in (10 uA)^2, by array, noise and part; `loss`
            the share of the current that is missing, by array and part, without noise; `causes`
            the mean squared error of each array that is perfect but for its wires, transistors or
            memristors; `off_paper` the largest relative difference between an array's raw errors
            and the paper's; `spice` the largest relative difference between a current and
            ngspice's, where that is installed.
    """

    metrics: dict[str, Any]

    @classmethod
    def gather(cls, folder: Shards, study: "ReadoutError") -> Self:
        """The result out of a folder's shards.

        Args:
            folder: Holds all readings.
            study: Made them.
        """
        raw: dict[str, Any] = {name: {} for name in study.arrays}
        loss: dict[str, Any] = {}
        for name in study.arrays:
            for noise in (NOISE_FREE, *study.noises):
                parts = {p: read_part(folder, study, p, array=name, noise=noise) for p in PARTS}
                raw[name][noise] = {p: part.squared_error for p, part in parts.items()}
                if noise == NOISE_FREE:
                    loss[name] = {p: part.loss for p, part in parts.items()}
        metrics = {
            "raw": raw,
            "loss": loss,
            "off_paper": {name: _off_paper(errors[NOISE_FREE]) for name, errors in raw.items()},
            "causes": {name: _causes(folder, name) for name in study.arrays},
            "spice": _spice(folder, study),
        }
        sizes = ("rows", "cols", "matrices", "vectors")
        return cls(metrics | {size: getattr(study, size) for size in sizes})

    def __str__(self) -> str:
        metrics = self.metrics
        rows = {"paper": PAPER} | {
            name if noise == NOISE_FREE else f"{name}, {noise}": parts
            for name, noises in metrics["raw"].items()
            for noise, parts in noises.items()
        }
        width = max(map(len, [*rows, UNITS]))
        lines = [
            f"ReadoutError: {metrics['matrices']} matrices of {metrics['rows']} x "
            f"{metrics['cols']} cells, {metrics['vectors']} vectors each",
            f"{UNITS:{width}}" + "".join(f"{part.partition('_')[0]:>12}" for part in PARTS),
            " " * width + "".join(f"{part.partition('_')[2]:>12}" for part in PARTS),
        ]
        for name, errors in rows.items():
            lines.append(f"{name:{width}}" + "".join(f"{errors[part]:>12.6f}" for part in PARTS))
        return "\n".join(lines + [self._explained(name) for name in metrics["raw"]])

    def _explained(self, name: str) -> str:
        """Where the error of an array comes from, and whether ngspice agrees."""
        causes = ", ".join(f"{v:.4f} with {c}" for c, v in self.metrics["causes"][name].items())
        text = f"{name}: {self.metrics['loss'][name]['train']:.2%} of the current lost; {causes}"
        if name in self.metrics["spice"]:
            text += f"; ngspice differs by {self.metrics['spice'][name]:.0e}"
        return text


UNITS = "mean squared error, (10 uA)^2"


def _off_paper(errors: dict[str, float]) -> float:
    return max(abs(errors[part] / PAPER[part] - 1) for part in PARTS)


def _causes(folder: Shards, name: str) -> dict[str, float]:
    stored = folder.read(shard_name(name, "causes"))
    return {
        "only wires": stored["wires"].item(),
        "only transistors": stored["transistors"].item(),
        "only memristors": stored["memristors"].item(),
        "all": stored["together"].item(),
    }


def _spice(folder: Shards, study: "ReadoutError") -> dict[str, float]:
    shards = {name: shard_name(name, "spice") for name in study.arrays}
    return {
        name: folder.read(shard)["difference"].item()
        for name, shard in shards.items()
        if folder.has(shard)
    }
