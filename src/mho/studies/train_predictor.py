"""A pulse predictor for a device: trained, judged on cells it never saw, and kept as a file."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import torch

from mho.core import Device
from mho.core.units import si
from mho.devices import DEVICES, JartTUD
from mho.programming import NoiseFreeInverse, PulsePredictor
from mho.programming.predictor import PulseRecords

from .settings import OneOf
from .study import Progress, Shards, Study

FILE = "predictor.safetensors"
"""Name of the predictor in the run folder."""


@dataclass(frozen=True, kw_only=True)
class TrainPredictor(Study):
    """How close does one pulse land that a network predicts, on cells it was not trained on?

    A tenth of the recorded cells is kept out of the training; on their histories the predictor and
    the noise-free inverse are compared. In the run folder it leaves the predictor's file.

    Args:
        device: Model of the cells.
        predictor: Predictor to train, with its recording and its stages.
    """

    device: Annotated[Device[Any], OneOf(*DEVICES)] = field(
        default_factory=lambda: JartTUD.preset("yu2024")
    )
    predictor: PulsePredictor = field(default_factory=PulsePredictor)

    def run(self, folder: Shards, progress: Progress) -> "TrainedPredictor":
        if not folder.has("test"):
            self._train(folder, progress)
        stored = folder.read("test")
        counted = {name: int(stored.pop(name)) for name in ("records", "missed")}
        return TrainedPredictor(counted | metrics(stored), folder.path / FILE)

    def _train(self, folder: Shards, progress: Progress) -> None:
        predictor = self.predictor
        with progress.stage("Records", 1) as advance:
            records = predictor.recording.record(self.device)
            advance(1)
        training, validation, test = records.split(0.8, 0.1, 0.1)
        epochs = sum(stage.epochs for stage in predictor.stages)
        with progress.stage("Epochs", epochs) as advance:
            predictor = predictor.learn(
                self.device, training, validation, watch=lambda _, error: advance(1)
            )
        predictor.save(folder.path / FILE)
        outcome = one_pulse(predictor, self.device, test)
        folder.write("test", records=len(records), missed=records.missed, **outcome)


def one_pulse(
    predictor: PulsePredictor, device: Device[Any], records: PulseRecords
) -> dict[str, torch.Tensor]:
    """Where one pulse leads by the recorded histories, for a predictor and beside it.

    Args:
        predictor: Predictor to judge.
        device: Model that the records are of.
        records: Records that the predictor was not trained on.
    """
    return {
        "start": records.start,
        "target": records.target,
        "time": records.time,
        "predicted": records.reached(predictor),
        "noise_free": records.reached(NoiseFreeInverse().fit(device)),
    }


def metrics(outcome: dict[str, Any]) -> dict[str, Any]:
    """Mean relative errors of the conductance, over all and by direction, and shares.

    Args:
        outcome: As `one_pulse` gives it.
    """
    target, time = (torch.as_tensor(outcome[name]) for name in ("target", "time"))
    upwards = time > 0
    answer: dict[str, Any] = {"tested": len(target), "median_time": time.abs().median().item()}
    for scheme in ("predicted", "noise_free"):
        error = (torch.as_tensor(outcome[scheme]) - target).abs() / target
        answer[scheme] = {
            "relative_error": error.mean().item(),
            "relative_error_set": error[upwards].mean().item(),
            "relative_error_reset": error[~upwards].mean().item(),
            "within_half": (error < 0.5).double().mean().item(),
        }
    return answer


def table(metrics: dict[str, Any]) -> str:
    """The errors as a few lines of text.

    Args:
        metrics: As `metrics` gives them.
    """
    tested, median = metrics["tested"], si(metrics["median_time"], "s")
    lines = [
        f"{tested} pulses, the right ones {median} in the median",
        f"{'one pulse':<22}{'SET':>9}{'RESET':>9}{'all':>9}{'within 50 %':>13}",
    ]
    for label, scheme in (("predictor", "predicted"), ("noise-free inverse", "noise_free")):
        row = metrics[scheme]
        names = ("relative_error_set", "relative_error_reset", "relative_error")
        errors = "".join(f"{100 * row[name]:>7.1f} %" for name in names)
        lines.append(f"{label:<22}{errors}{100 * row['within_half']:>11.1f} %")
    return "\n".join(lines)


@dataclass(frozen=True)
class TrainedPredictor:
    """A trained predictor and how it did on the cells kept out.

    Args:
        metrics: Records, and for the predictor and the noise-free inverse the mean relative error
            of the conductance, over all and by direction, and the share within half of the target.
        file: The predictor.
    """

    metrics: dict[str, Any]
    file: Path

    def __str__(self) -> str:
        kept = f"TrainPredictor: {self.metrics['records']} records, tested on other cells: "
        return f"{kept}{table(self.metrics)}\nPredictor: {self.file}"
