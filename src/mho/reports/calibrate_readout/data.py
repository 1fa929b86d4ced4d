"""What the report of the calibrators draws from, read out of a run folder once."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mho.calibration import Latent
from mho.studies.calibrate_readout import CURVE, FLOOR, IDEAL, RAW, CalibrateReadout, shard_name
from mho.studies.readout_error import NOISE_FREE, UNIT
from mho.studies.runs import RunFolder
from mho.studies.settings import load

KINDS = ("network", "physics", "own", "shared")
"""What calibrators are told apart by, in the order of their colours."""


@dataclass(frozen=True)
class Signal:
    """A signal through the filters of one array, without noise.

    Args:
        ideal: (samples, cols), uA. What a perfect array gives.
        raw: (samples, cols), uA. What the array gives.
        calibrated: (samples, cols), uA. The same, corrected.
    """

    ideal: np.ndarray
    raw: np.ndarray
    calibrated: np.ndarray


@dataclass(frozen=True)
class CalibrationData:
    """A finished run.

    Args:
        folder: Holds it.
        study: Its settings.
        metrics: Its numbers.
    """

    folder: RunFolder
    study: CalibrateReadout
    metrics: dict[str, Any]

    @classmethod
    def of(cls, folder: RunFolder) -> "CalibrationData":
        """The data of a run.

        Args:
            folder: Finished run of `CalibrateReadout`.
        """
        study: Any = load(folder.settings_path)
        return cls(folder, study, folder.metrics)

    @property
    def arrays(self) -> list[str]:
        """Names of the arrays."""
        return list(self.study.data.arrays)

    @property
    def noises(self) -> list[str]:
        """Name of no noise, and those of the noises."""
        return [NOISE_FREE, *self.study.data.noises]

    @property
    def calibrators(self) -> list[str]:
        """Names of the calibrators."""
        return [name for name in self.study.entries if name != RAW]

    @property
    def published(self) -> str:
        """Name of the calibrator that stands for the paper's, or else of the first."""
        networks = [name for name in self.calibrators if self.kind(name) == "network"]
        return (networks or self.calibrators)[0]

    def kind(self, name: str) -> str:
        """What a calibrator is told apart by, one of `KINDS`.

        Args:
            name: Of the calibrator.
        """
        if name in self.study.own:
            return "own"
        if name in self.study.physics:
            return "physics"
        return "network" if isinstance(self.study.calibrators[name], Latent) else "shared"

    def curves(self, array: str) -> dict[str, np.ndarray]:
        """Errors while the paper's network learns, (epochs,), in (10 uA)^2, of the first seed.

        Args:
            array: Name of the array.
        """
        stored = self.folder.read(shard_name(self.published, array, self.study.seeds[0]))
        curves = {key.removeprefix(CURVE): each for key, each in stored.items() if CURVE in key}
        unit = getattr(self.study.calibrators.get(self.published), "unit", UNIT)
        return {name: curve * (unit / UNIT) ** 2 for name, curve in curves.items()}

    def floors(self, array: str) -> list[float | None]:
        """What each noise leaves of unseen matrices at least; none for no noise.

        Args:
            array: Name of the array.
        """
        tables = self.metrics[array]
        floors = [tables[noise].get(FLOOR) for noise in self.noises]
        return [each and each["validation_matrices"]["error"]["mean"] for each in floors]

    def error(self, array: str, noise: str, name: str, part: str) -> dict[str, float]:
        """Spread of an error over the seeds, in (10 uA)^2.

        Args:
            array: Name of the array.
            noise: Name of the noise.
            name: Name of the calibrator.
            part: Part of the data.
        """
        found: dict[str, float] = self.metrics[array][noise][name][part]["error"]
        return found

    def signal(self, array: str, part: str, name: str) -> Signal:
        """A signal before and after calibration, of the first seed.

        Args:
            array: Name of the array.
            part: Name of the signal.
            name: Name of the calibrator.
        """
        seed, key = self.study.seeds[0], f"{NOISE_FREE}.{part}.current"
        raw, calibrated = (
            1e6 * self.folder.read(shard_name(each, array, seed))[key] for each in (RAW, name)
        )
        return Signal(1e6 * self.folder.read(IDEAL)[part], raw, calibrated)
