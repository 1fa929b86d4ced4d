"""A measured pulse train, and the models that may explain it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mho.core.check import check_number
from mho.devices.fitting import Fit, Measurement, fit

from .measured import measured_file
from .study import Progress, Shards, Study

CITATION = (
    "Gong et al., Nature Communications 9 (2018) 2102, doi 10.1038/s41467-018-04485-1; the pulse"
    " train is that of github.com/IBM/aihwkit, examples/csv/gong_et_al.csv, MIT, (c) IBM"
)


@dataclass(frozen=True, kw_only=True)
class MeasuredTrain(Study):
    """Which model explains a measured train of identical pulses, and how surely?

    It needs `rram_pulses_gong.csv` in the folder that the environment variable MHO_DATA names:
    1000 up pulses and 1000 down pulses on one ReRAM cell, whose conductance is given from -1 to 1.
    In the run folder it leaves the fitted preset.

    Args:
        low: S. Conductance that the -1 of the file stands for, which the file does not say.
        high: S. Conductance that its 1 stands for.
        amplitude: V. Of the pulses, which the file does not say.
        width: s. Of the pulses, which the file does not say.
    """

    low: float = 10e-6
    high: float = 100e-6
    amplitude: float = 1.0
    width: float = 1e-6

    def __post_init__(self) -> None:
        check_number("low", self.low, low=0.0, above=True)
        check_number("high", self.high, low=self.low, above=True)
        check_number("amplitude", self.amplitude, low=0.0, above=True)
        check_number("width", self.width, low=0.0, above=True)

    def run(self, folder: Shards, progress: Progress) -> "TrainExplained":
        with progress.stage("Fitting models", 1) as advance:
            if not folder.has("fit"):
                found = fit(self._measurement())
                preset = found.preset(f"Fitted by the study MeasuredTrain to {CITATION}")
                (folder.path / "gong2018.toml").write_text(preset, encoding="utf-8")
                folder.write("fit", **_figures(found))
            advance(1)
        return TrainExplained.of(folder.read("fit"))

    def _measurement(self) -> Measurement:
        file = measured_file("rram_pulses_gong.csv", f"a pulse train of {CITATION}")
        up, down = np.loadtxt(file, delimiter=",").T
        share = (np.r_[up, down] + 1) / 2
        return Measurement(
            amplitude=self.amplitude * np.repeat([1.0, -1.0], [len(up) - 1, len(down)]),
            width=np.full(len(share) - 1, self.width),
            conductance=self.low + (self.high - self.low) * share,
            source=CITATION,
        )


@dataclass(frozen=True)
class TrainExplained:
    """How well models explain a measured pulse train.

    Args:
        metrics: The `chosen` model; for each of the `models` how many natural units the held-out
            reads are likelier than if no pulse moved the cell (`ahead`), the standard error of
            that, and how many numbers were fitted; of the chosen one the standard deviation of
            read less prediction over the span of the reads (`residual`), its correlation from
            pulse to pulse (`memory`), and the share `beyond` three standard deviations.
    """

    metrics: dict[str, Any]

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "TrainExplained":
        """The answer out of a shard.

        Args:
            stored: What the study wrote.
        """
        names = [str(name) for name in stored["model"]]
        rest = stored["held_out"][names.index("at rest")]
        models = {}
        for name, held_out, free in zip(names, stored["held_out"], stored["free"], strict=True):
            if name != "at rest":
                ahead = held_out - rest
                error = float(ahead.std() * np.sqrt(len(ahead)))
                models[name] = {"ahead": float(ahead.sum()), "error": error, "numbers": int(free)}
        deviation, residual = stored["deviation"], stored["residual"]
        return cls(
            {
                "chosen": names[0],
                "models": models,
                "held_out_reads": len(rest),
                "residual": float(residual.std() / np.ptp(stored["conductance"])),
                "memory": float(np.corrcoef(deviation[1:], deviation[:-1])[0, 1]),
                "beyond": float((np.abs(deviation) > 3).mean()),
            }
        )

    def __str__(self) -> str:
        m = self.metrics
        lines = [f"MeasuredTrain: {m['held_out_reads']} held-out reads, likelier than at rest by"]
        for name, model in m["models"].items():
            mark = "  chosen" if name == m["chosen"] else ""
            lines.append(
                f"{name:>16}{model['ahead']:7.1f} +- {model['error']:.1f} nats with"
                f"{model['numbers']:3} numbers{mark}"
            )
        lines.append(
            f"residuals {100 * m['residual']:.1f} % of the span, {100 * m['beyond']:.1f} % beyond"
            f" three sigma, memory from pulse to pulse {m['memory']:.2f}"
        )
        return "\n".join(lines)


def _figures(found: Fit) -> dict[str, Any]:
    return {
        "model": np.array([a.candidate.name.encode() for a in found.attempts]),
        "held_out": np.stack([a.held_out for a in found.attempts]),
        "free": np.array([a.free for a in found.attempts]),
        "conductance": found.measurement.conductance,
        "residual": found.residual,
        "deviation": found.prediction.deviation,
    }
