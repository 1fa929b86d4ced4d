"""One calibrator for arrays of any size: trained on small ones, used on others."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from mho.calibration import (
    AffineInverse,
    Calibrator,
    ColumnStatistics,
    CurvedInverse,
    Gain,
    Identity,
    PhysicsCalibrator,
    Shared,
)
from mho.core.check import argument_error, check_number
from mho.core.random import generator
from mho.crossbar import AccessTransistor, Cell1T1R, Crossbar, Law, Ohmic, Sinh

from .random_arrays import check_limits, random_conductance, random_voltage
from .spread import spread
from .study import Progress, Shards, Study

Size = tuple[int, int]
RAW = "raw"
"""Name of the currents as they are read, beside those of the calibrators."""
UNIT = 10e-6
"""A. Unit of the currents whose errors are told."""
PARAMETERS = ("row_resistance", "column_resistance", "cell.access.width", "cell.law.scale")


def _array(law: Law, *, wire: float = 2.5, width: float = 0.8e-6) -> Crossbar:
    cell = Cell1T1R(access=AccessTransistor(width=width), law=law)
    return Crossbar(row_resistance=wire, column_resistance=wire, cell=cell)


def _physics(inverse: AffineInverse | CurvedInverse) -> PhysicsCalibrator:
    guess = _array(Sinh(scale=1.0, read_voltage=0.2), wire=1.0, width=1.2e-6)
    return PhysicsCalibrator(crossbar=guess, parameters=PARAMETERS, inverse=inverse, readings=200)


@dataclass(frozen=True, kw_only=True)
class CalibrateSizes(Study):
    """Does a calibrator that is trained on small arrays serve arrays of other sizes?

    Random matrices are read with random vectors. A calibrator that can be fitted to several sizes
    at once is fitted to all sizes of the training, any other one to the last of them. None is
    fitted again.

    Args:
        arrays: Wires and cells, by name.
        calibrators: What is trained, by name.
        trained: Rows and columns of the arrays of the training.
        tried: Rows and columns of the arrays that are corrected.
        matrices: Random matrices of each size of the training.
        vectors: Random vectors of each matrix.
        cells: Of all matrices of a size that is tried, together, about.
        g_min: S. Lowest conductance.
        g_max: S. Highest conductance.
        v_min: V. Lowest voltage.
        v_max: V. Highest voltage.
        seeds: Each selects other conductances and voltages.
    """

    arrays: dict[str, Crossbar] = field(
        default_factory=lambda: {
            "ohmic": _array(Ohmic()),
            "sinh_strong": _array(Sinh(scale=0.5, read_voltage=0.2)),
        }
    )
    calibrators: dict[str, Calibrator] = field(
        default_factory=lambda: {
            "gain": Shared(calibrator=Gain()),
            "column_statistics": ColumnStatistics(),
            "physics_affine": _physics(AffineInverse(oversampling=4)),
            "physics_curved": _physics(CurvedInverse(oversampling=2)),
        }
    )
    trained: tuple[Size, ...] = ((8, 8), (16, 16))
    tried: tuple[Size, ...] = ((8, 8), (16, 16), (5, 13), (32, 32), (64, 64))
    matrices: int = 100
    vectors: int = 30
    cells: int = 16384
    g_min: float = 16.66e-6
    g_max: float = 100e-6
    v_min: float = 0.1
    v_max: float = 0.5
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        for name in ("matrices", "vectors", "cells"):
            check_number(name, getattr(self, name), low=1)
        check_limits(self)
        for name in ("arrays", "calibrators", "trained", "tried", "seeds"):
            if not getattr(self, name):
                raise argument_error(name, "hold at least one", "is empty")
        if RAW in self.calibrators:
            raise argument_error("calibrators", "have names of their own", f"`{RAW}` is taken")

    @property
    def entries(self) -> dict[str, Calibrator]:
        """What is compared, the uncorrected currents first."""
        return {RAW: Identity(), **self.calibrators}

    def run(self, folder: Shards, progress: Progress) -> "SizeCalibrations":
        with progress.stage("Arrays", len(self.seeds) * len(self.arrays)) as advance:
            for seed in self.seeds:
                for index, name in enumerate(self.arrays):
                    shard = f"{name}-seed{seed}"
                    if not folder.has(shard):
                        folder.write(shard, **self._outcome(name, (seed, index)))
                    advance(1)
        return SizeCalibrations.gather(folder, self)

    def _outcome(self, name: str, seed: tuple[int, int]) -> dict[str, Any]:
        crossbar = self.arrays[name]
        parts = list(
            self._readings(crossbar, self.trained, [self.matrices] * len(self.trained), (*seed, 0))
        )
        fitted = {key: _fitted(each, parts) for key, each in self.entries.items()}
        counts = [max(1, self.cells // (rows * cols)) for rows, cols in self.tried]
        errors: dict[str, list[float]] = {key: [] for key in fitted}
        costs: dict[str, list[int]] = {key: [] for key in fitted}
        for part in self._readings(crossbar, self.tried, counts, (*seed, 1)):
            current, voltage, conductance = part
            for key, calibrator in fitted.items():
                repair = calibrator.fold(conductance)
                off = (repair(current) - voltage @ conductance) / UNIT
                errors[key].append(off.square().mean().item())
                costs[key].append(repair.multiplications)
        figures: dict[str, Any] = {f"error.{key}": torch.tensor(v) for key, v in errors.items()}
        figures |= {f"multiplications.{key}": torch.tensor(v) for key, v in costs.items()}
        return figures | _identified(fitted)

    def _readings(
        self, crossbar: Crossbar, sizes: tuple[Size, ...], counts: list[int], seed: tuple[int, ...]
    ) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Currents, voltages and conductances of random arrays, for each size."""
        for (rows, cols), count in zip(sizes, counts, strict=True):
            source = generator(*seed, rows, cols)
            conductance = random_conductance(self, (count, rows, cols), source)
            voltage = random_voltage(self, (count, self.vectors, rows), source)
            yield crossbar.read(conductance, voltage).current, voltage, conductance


def _fitted(calibrator: Calibrator, parts: list[tuple[Tensor, Tensor, Tensor]]) -> Calibrator:
    if isinstance(calibrator, PhysicsCalibrator):
        return calibrator.fit_together(parts)
    return calibrator.fit(*parts[-1])


def _identified(fitted: dict[str, Calibrator]) -> dict[str, float]:
    """Parameters that were found, by calibrator and name."""
    return {
        f"found.{key}.{name}": each.identified.array.parameters[name]
        for key, each in fitted.items()
        if isinstance(each, PhysicsCalibrator) and each.identified is not None
        for name in each.parameters
    }


@dataclass(frozen=True)
class SizeCalibrations:
    """Errors of corrected currents of arrays of several sizes.

    Args:
        metrics: By array, size and calibrator the mean squared `error`, in (10 uA)^2, the `gain`,
            the raw error over it, with their spread over the seeds, and the `multiplications` of a
            vector; `found`, by array, calibrator and parameter, what was identified.
    """

    metrics: dict[str, Any]

    @classmethod
    def gather(cls, folder: Shards, study: CalibrateSizes) -> "SizeCalibrations":
        """The result out of a folder's shards.

        Args:
            folder: Holds them.
            study: Made them.
        """
        sizes = [f"{rows}x{cols}" for rows, cols in study.tried]
        metrics: dict[str, Any] = {"seeds": list(study.seeds), "sizes": sizes, "found": {}}
        for array in study.arrays:
            shards = [folder.read(f"{array}-seed{seed}") for seed in study.seeds]
            metrics[array] = {
                size: {name: _figures(shards, name, k) for name in study.entries}
                for k, size in enumerate(sizes)
            }
            metrics["found"][array] = {
                key.removeprefix("found."): spread([float(s[key]) for s in shards])
                for key in shards[0]
                if key.startswith("found.")
            }
        return cls(metrics)

    def __str__(self) -> str:
        sizes = self.metrics["sizes"]
        lines = ["CalibrateSizes: mean squared error before calibration over that after it"]
        for array, table in self.metrics.items():
            if array in ("seeds", "sizes", "found"):
                continue
            lines.append(f"{array:<24}" + "".join(f"{size:>12}" for size in sizes))
            for name in table[sizes[0]]:
                gains = [table[size][name]["gain"]["mean"] for size in sizes]
                lines.append(f"  {name:<22}" + "".join(f"{gain:>12.4g}" for gain in gains))
        return "\n".join(lines)


def _figures(shards: list[dict[str, Any]], name: str, size: int) -> dict[str, Any]:
    errors, raw = ([float(s[f"error.{key}"][size]) for s in shards] for key in (name, RAW))
    return {
        "error": spread(errors),
        "gain": spread([before / after for before, after in zip(raw, errors, strict=True)]),
        "multiplications": int(shards[0][f"multiplications.{name}"][size]),
    }
