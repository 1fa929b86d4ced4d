"""Calibrators whose circuit is not that of the array, and what learning on top brings back."""

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from mho.calibration import (
    Calibrator,
    ColumnStatistics,
    CorrectedPhysics,
    Identity,
    MatrixRidge,
    PhysicsCalibrator,
)
from mho.core.check import argument_error, check_number
from mho.core.random import generator
from mho.crossbar import AccessTransistor, Cell, Cell1R, Cell1T1R, Crossbar, Ohmic, Sinh

from .random_arrays import check_limits, random_conductance, random_voltage
from .spread import spread
from .study import Progress, Shards, Study

RAW = "raw"
"""Name of the currents as they are read, beside those of the calibrators."""
UNIT = 10e-6
"""A. Unit of the currents whose errors are told."""


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """An array, and what it is taken for.

    Args:
        array: As it is.
        calibrator: With the wrong circuit.
    """

    array: Crossbar
    calibrator: PhysicsCalibrator


def _mistakes() -> dict[str, Mistake]:
    transistor = AccessTransistor(width=0.8e-6)
    ohmic, wires = Cell1T1R(access=transistor), ("row_resistance", "column_resistance")
    all_three = (*wires, "cell.access.width")
    guess = Cell1T1R(access=AccessTransistor(width=1.2e-6))

    def bent(scale: float) -> Cell:
        return Cell1T1R(access=transistor, law=Sinh(scale=scale, read_voltage=0.2))

    def mistake(actual: Cell, taken: Cell, names: tuple[str, ...], ohm: float = 0.0) -> Mistake:
        array = Crossbar(
            row_resistance=2.5, column_resistance=2.5, driver_resistance=ohm, cell=actual
        )
        wrong = Crossbar(
            row_resistance=1.0, column_resistance=1.0, driver_resistance=3 * ohm, cell=taken
        )
        calibrator = PhysicsCalibrator(crossbar=wrong, parameters=names, readings=200)
        return Mistake(array=array, calibrator=calibrator)

    weak = Cell1T1R(access=replace(transistor, threshold=0.9, gain=10e3), law=Ohmic())
    return {
        "mild_bend": mistake(bent(0.8), guess, all_three),
        "strong_bend": mistake(bent(0.5), guess, all_three),
        "no_transistor": mistake(ohmic, Cell1R(), wires),
        "other_transistor": mistake(weak, guess, all_three),
        "driver_times_three": mistake(ohmic, ohmic, wires, 30.0),
    }


@dataclass(frozen=True, kw_only=True)
class MistakenCircuit(Study):
    """What does learning bring back where a calibrator takes an array for another circuit?

    The parameters of the wrong circuit are identified as well as they can be. Beside it, and beside
    what is learned on top of it, stand calibrators that know no circuit.

    Args:
        mistakes: Arrays and what they are taken for, by name.
        rows: Rows of each array.
        cols: Columns of each array.
        matrices: Random matrices of the training.
        vectors: Random vectors of each matrix.
        tried: Other random matrices, whose currents are corrected.
        g_min: S. Lowest conductance.
        g_max: S. Highest conductance.
        v_min: V. Lowest voltage.
        v_max: V. Highest voltage.
        seeds: Each selects other conductances and voltages.
    """

    mistakes: dict[str, Mistake] = field(default_factory=_mistakes)
    rows: int = 8
    cols: int = 8
    matrices: int = 300
    vectors: int = 60
    tried: int = 60
    g_min: float = 16.66e-6
    g_max: float = 100e-6
    v_min: float = 0.1
    v_max: float = 0.5
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        for name in ("rows", "cols", "matrices", "vectors", "tried"):
            check_number(name, getattr(self, name), low=1)
        check_limits(self)
        for name in ("mistakes", "seeds"):
            if not getattr(self, name):
                raise argument_error(name, "hold at least one", "is empty")

    def run(self, folder: Shards, progress: Progress) -> "MistakenCircuits":
        with progress.stage("Mistakes", len(self.seeds) * len(self.mistakes)) as advance:
            for seed in self.seeds:
                for index, name in enumerate(self.mistakes):
                    if not folder.has(f"{name}-seed{seed}"):
                        outcome = self._outcome(self.mistakes[name], (seed, index))
                        folder.write(f"{name}-seed{seed}", **outcome)
                    advance(1)
        return MistakenCircuits.gather(folder, self)

    def _outcome(self, mistake: Mistake, seed: tuple[int, int]) -> dict[str, float]:
        """Errors of every calibrator, and what a vector costs."""
        source = generator(*seed)
        known = self._readings(mistake.array, self.matrices, source)
        current, voltage, conductance = self._readings(mistake.array, self.tried, source)
        figures = {}
        for name, calibrator in _entries(mistake).items():
            repair = calibrator.fit(*known).fold(conductance)
            off = (repair(current) - voltage @ conductance) / UNIT
            figures[f"error.{name}"] = off.square().mean().item()
            figures[f"multiplications.{name}"] = repair.multiplications
        return figures

    def _readings(
        self, array: Crossbar, matrices: int, source: torch.Generator
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Currents, voltages and conductances."""
        conductance = random_conductance(self, (matrices, self.rows, self.cols), source)
        voltage = random_voltage(self, (matrices, self.vectors, self.rows), source)
        return array.read(conductance, voltage).current, voltage, conductance


def _entries(mistake: Mistake) -> dict[str, Calibrator]:
    return {
        RAW: Identity(),
        "column_statistics": ColumnStatistics(),
        "matrix_ridge": MatrixRidge(),
        "physics": mistake.calibrator,
        "corrected": CorrectedPhysics(calibrator=mistake.calibrator),
    }


@dataclass(frozen=True)
class MistakenCircuits:
    """Errors of corrected currents of arrays that are taken for others.

    Args:
        metrics: By mistake and calibrator the mean squared `error`, in (10 uA)^2, the `gain`, the
            raw error over it, with their spread over the seeds, and the `multiplications` of a
            vector.
    """

    metrics: dict[str, Any]

    @classmethod
    def gather(cls, folder: Shards, study: MistakenCircuit) -> "MistakenCircuits":
        """The result out of a folder's shards.

        Args:
            folder: Holds them.
            study: Made them.
        """
        metrics: dict[str, Any] = {"seeds": list(study.seeds)}
        for name, mistake in study.mistakes.items():
            shards = [folder.read(f"{name}-seed{seed}") for seed in study.seeds]
            metrics[name] = {key: _figures(shards, key) for key in _entries(mistake)}
        return cls(metrics)

    def __str__(self) -> str:
        rows = {name: table for name, table in self.metrics.items() if name != "seeds"}
        names = list(next(iter(rows.values())))
        lines = ["MistakenCircuit: mean squared error before calibration over that after it"]
        lines.append(f"{'':<20}" + "".join(f"{name:>19}" for name in names))
        for mistake, table in rows.items():
            gains = [table[name]["gain"]["mean"] for name in names]
            lines.append(f"{mistake:<20}" + "".join(f"{gain:>19.4g}" for gain in gains))
        return "\n".join(lines)


def _figures(shards: list[dict[str, Any]], name: str) -> dict[str, Any]:
    errors, raw = ([float(s[f"error.{key}"]) for s in shards] for key in (name, RAW))
    return {
        "error": spread(errors),
        "gain": spread([before / after for before, after in zip(raw, errors, strict=True)]),
        "multiplications": int(shards[0][f"multiplications.{name}"]),
    }
