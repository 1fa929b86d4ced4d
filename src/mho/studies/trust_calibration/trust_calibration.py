"""Whether intervals hold what they should, and whether what is strange is flagged."""

import re
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from mho.calibration import ColumnStatistics, Latent, Trusted
from mho.core.check import argument_error, check_number
from mho.studies.calibrate_readout.trial import SIGNALS, Trial
from mho.studies.readout_error import Part, ReadoutError
from mho.studies.study import Progress, Shards, Study

from .result import FAMILIAR, TrustedCalibrations, shard_name
from .strange import Drifted, OtherVoltages, OtherWires, Strange, StuckColumn


@dataclass(frozen=True, kw_only=True)
class TrustCalibration(Study):
    """Does a calibrator know when it should not be trusted?

    Calibrators learn from some of the training matrices, and from others how far off they are and
    what is familiar. On unseen matrices the share of the ideal currents within each interval is
    compared with what it should be, and the share of the readings that are flagged with the rate
    of false alarms. Then the same matrices are read after something befell the array, and filters
    are read whose matrices and voltages are of another kind.

    Args:
        data: What is read; its seed is that of the study.
        trusted: Calibrators by name.
        apart: Training matrices that the calibrators do not learn from.
        strange: What befalls the array, by name.
        shares: Of the ideal currents that intervals are to hold.
        together: Vectors of an array that are judged together.
        seeds: Each selects other conductances, voltages and noise.
    """

    data: ReadoutError = field(default_factory=lambda: ReadoutError(matrices=800))
    trusted: dict[str, Trusted] = field(
        default_factory=lambda: {
            "latent": Trusted(calibrator=Latent(epochs=40)),
            "column_statistics": Trusted(calibrator=ColumnStatistics()),
        }
    )
    apart: int = 200
    strange: dict[str, Strange] = field(
        default_factory=lambda: {
            "wires": OtherWires(),
            "column_dead": StuckColumn(),
            "column_stuck": StuckColumn(level=1.0),
            "voltages": OtherVoltages(),
            "drift": Drifted(),
            "spread": Drifted(loss=0.0, spread=0.05),
        }
    )
    shares: tuple[float, ...] = (0.5, 0.8, 0.9, 0.95)
    together: int = 16
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        matrices = self.data.matrices - self.data.validation_matrices
        check_number("apart", self.apart, low=1, high=matrices - 1)
        check_number("together", self.together, low=1, high=self.data.filters.samples)
        for name in ("shares", "seeds", "trusted"):
            if not getattr(self, name):
                raise argument_error(name, "hold at least one", "is empty")
        for share in self.shares:
            check_number("shares", share, low=0.0, high=1.0)
        for name in (*self.trusted, *self.strange):
            if not re.fullmatch(r"\w+", name, re.ASCII) or name in (FAMILIAR, *SIGNALS):
                must = "have names of letters, digits and underscores, of their own"
                raise argument_error("trusted and strange", must, f"have {name!r}")

    def run(self, folder: Shards, progress: Progress) -> TrustedCalibrations:
        noises = len(self.data.noises) + 1
        total = len(self.seeds) * len(self.data.arrays) * noises * len(self.trusted)
        with progress.stage("Trusting", total) as advance:
            for seed in self.seeds:
                for array in self.data.arrays:
                    trial = Trial(replace(self.data, seed=seed), array)
                    for noise in trial.noises:
                        for name, trusted in self.trusted.items():
                            shard = shard_name(name, array, noise, seed)
                            if not folder.has(shard):
                                folder.write(shard, **self._outcome(trial, noise, trusted))
                            advance(1)
        return TrustedCalibrations.gather(folder, self)

    def _outcome(self, trial: Trial, noise: str, trusted: Trusted) -> dict[str, Any]:
        fitted = self._fitted(trusted, trial.part("train", noise))
        familiar = trial.part("validation_matrices", noise)
        parts = {FAMILIAR: familiar} | {name: trial.part(name, noise) for name in SIGNALS}
        for name, strange in self.strange.items():
            parts[name] = strange.read(trial.data, trial.array, familiar, noise)
        return {
            f"{name}.{key}": value
            for name, part in parts.items()
            for key, value in self._judged(fitted, part).items()
        }

    def _fitted(self, trusted: Trusted, train: Part) -> Trusted:
        """A calibrator fitted to the first matrices, and what is thought of it to the last."""
        readings = (train.current, train.voltage, train.conductance)
        first, last = (
            [each[matrices] for each in readings]
            for matrices in (slice(-self.apart), slice(-self.apart, None))
        )
        return replace(trusted, calibrator=trusted.calibrator.fit(*first)).fit(*last)

    def _judged(self, trusted: Trusted, part: Part) -> dict[str, Any]:
        """Shares within the intervals, shares beyond the limits, and the distances themselves."""
        count = self.together
        whole = part.current.shape[-2] // count * count
        current, voltage = (
            each[:, :whole].unflatten(1, (-1, count)) for each in (part.current, part.voltage)
        )
        conductance = part.conductance[:, None].expand(-1, current.shape[1], -1, -1)
        judgement = trusted.judge(current, conductance)
        ideal = voltage @ conductance
        bounds = [judgement.interval(share) for share in self.shares]
        errors = trusted.check(current, voltage, conductance)
        return {
            "within": torch.stack(
                [_share((low <= ideal) & (ideal <= high)) for low, high in bounds]
            ),
            "vectors": _share(judgement.vectors > 1),
            "array": _share(judgement.array > 1),
            "matrix": _share(judgement.matrix > 1),
            "any": _share(~judgement.trusted),
            "known": _share(errors > 1),
            "distance": judgement.vectors.flatten()[:DRAWN].float(),
            "error": (ideal - judgement.current).square().mean().sqrt(),
            "sigma": judgement.sigma.square().mean().sqrt(),
        }


DRAWN = 2000
"""Distances of each part that are kept to be drawn."""


def _share(true: Tensor) -> Tensor:
    return true.double().mean()
