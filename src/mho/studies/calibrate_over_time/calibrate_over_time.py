"""How calibrators age with the cells that they correct, and what refreshes them."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from mho.calibration import Affine, Calibrator, PhysicsCalibrator
from mho.calibration.physics import Change, Held, Refreshed, refresh_vectors
from mho.core.check import argument_error, check_number
from mho.core.random import generator
from mho.crossbar import AccessTransistor, Cell1T1R, Crossbar, Noise, WhiteNoise
from mho.devices import Drift, Relaxation
from mho.studies.random_arrays import check_limits, random_conductance, random_voltage
from mho.studies.study import Progress, Shards, Study

from .result import CalibrationsOverTime
from .uses import Cycling, Reading, Use, Waiting

UNIT = 10e-6
"""A. Unit of the currents whose errors are told."""


def _array(*, wire: float, width: float) -> Crossbar:
    cell = Cell1T1R(access=AccessTransistor(width=width))
    return Crossbar(row_resistance=wire, column_resistance=wire, cell=cell)


def _uses() -> dict[str, Use]:
    relaxation = Relaxation.preset("tech_c", ceiling=128e-6)
    return {
        "drift": Waiting(effect=Drift()),
        "relaxation": Waiting(effect=relaxation),
        "read_disturb": Reading(),
        "ageing": Cycling(),
    }


@dataclass(frozen=True, kw_only=True)
class CalibrateOverTime(Study):
    """How well is an array corrected long after it was programmed, and what do a few vectors bring?

    A calibrator is fitted to arrays just programmed. Other arrays are programmed, then wait, are
    read or were cycled before, and their currents are corrected towards what they were programmed
    for: by the calibrator as it is, by one that expects what the law says on average, and by that
    one refreshed from a few vectors that are read on each array. Beside them stand an affine map
    that is fitted anew to each array from many vectors, and the calibrator told what each cell
    holds.

    Args:
        crossbar: Wires and transistors.
        calibrator: Fitted to arrays as they were programmed.
        uses: What is done to the cells, by name.
        noise: Noise of every read.
        refreshed: Numbers of vectors to refresh from.
        fresh: Vectors of each array to fit anew from.
        unaware: S. How far a cell may be off, for one who does not know the law.
        rows: Rows of each array.
        cols: Columns of each array.
        matrices: Random matrices.
        vectors: Random vectors of each matrix to be corrected.
        draws: Cells that the law is learnt from, at each of 33 conductances.
        g_min: S. Lowest conductance.
        g_max: S. Highest conductance.
        v_min: V. Lowest voltage in use.
        v_max: V. Highest voltage; vectors to refresh from take 0 V and this one.
        seeds: Each selects other conductances, voltages, cells and noise.
    """

    crossbar: Crossbar = field(default_factory=lambda: _array(wire=2.5, width=0.8e-6))
    calibrator: PhysicsCalibrator = field(
        default_factory=lambda: PhysicsCalibrator(
            crossbar=_array(wire=1.0, width=1.2e-6),
            parameters=("row_resistance", "column_resistance", "cell.access.width"),
        )
    )
    uses: dict[str, Use] = field(default_factory=_uses)
    noise: Noise = field(default_factory=lambda: WhiteNoise(sigma=0.14e-6))
    refreshed: tuple[int, ...] = (1, 4, 16)
    fresh: int = 80
    unaware: float = 20e-6
    rows: int = 8
    cols: int = 8
    matrices: int = 40
    vectors: int = 50
    draws: int = 2000
    g_min: float = 16.66e-6
    g_max: float = 100e-6
    v_min: float = 0.1
    v_max: float = 0.5
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        for name in ("fresh", "rows", "cols", "matrices", "vectors", "draws"):
            check_number(name, getattr(self, name), low=1)
        check_number("unaware", self.unaware, low=0.0, above=True)
        check_limits(self)
        for name in ("uses", "refreshed", "seeds"):
            if not getattr(self, name):
                raise argument_error(name, "hold at least one", "is empty")

    def run(self, folder: Shards, progress: Progress) -> CalibrationsOverTime:
        with progress.stage("Uses", len(self.seeds) * len(self.uses)) as advance:
            for seed in self.seeds:
                for index, name in enumerate(self.uses):
                    shard = f"{name}-seed{seed}"
                    if not folder.has(shard):
                        folder.write(shard, **self._outcome(self.uses[name], (seed, index)))
                    advance(1)
        axes = {name: (use.axis, use.exposures) for name, use in self.uses.items()}
        return CalibrationsOverTime.gather(folder, self.seeds, axes, most=max(self.refreshed))

    def _outcome(self, use: Use, seed: tuple[int, int]) -> dict[str, Any]:
        """Errors of every calibrator, (exposures,), and the change of the conductances."""
        source = generator(*seed)
        calibrator = self._calibrator(source)
        levels = torch.linspace(self.g_min, self.g_max, 33, dtype=torch.float64)
        looked_at = use.later(levels.expand(self.draws, -1).contiguous(), source)
        programmed = self._conductance(source)
        errors: dict[str, list[float]] = {}
        changes = []
        for actual, cells in zip(use.later(programmed, source), looked_at, strict=True):
            change = Change.of(levels, cells)
            voltage = self._voltage(self.vectors, source)
            current = self._read(actual, voltage, source)
            ideal = voltage @ programmed
            tried = self._tried(Refreshed(calibrator=calibrator, change=change), actual, source)
            for name, each in tried(programmed).items():
                off = (each(current, programmed) - ideal) / UNIT
                errors.setdefault(name, []).append(off.square().mean().item())
            off = (current - ideal) / UNIT
            errors.setdefault("raw", []).append(off.square().mean().item())
            ratio = actual / programmed
            changes.append([ratio.mean().item(), ratio.std().item()])
        return {name: torch.tensor(each) for name, each in errors.items()} | {
            "change": torch.tensor(changes)
        }

    def _tried(self, aware: Refreshed, actual: Tensor, source: torch.Generator) -> Any:
        """What gives the calibrators to be tried, by name, for what was programmed."""

        def tried(programmed: Tensor) -> dict[str, Calibrator]:
            def refreshed(calibrator: Refreshed, voltage: Tensor) -> Calibrator:
                return calibrator.fit(self._read(actual, voltage, source), voltage, programmed)

            most = max(self.refreshed)
            chosen = {count: self._chosen(count) for count in self.refreshed}
            unaware = Refreshed(calibrator=aware.calibrator, change=Change.none(self.unaware))
            told = Held(actual, actual.new_zeros(()).expand(*actual.mT.shape, self.rows))
            known = self._voltage(self.fresh, source)
            return {
                "stale": aware.calibrator,
                "conditioned": aware,
                **{f"refreshed_{k}": refreshed(aware, v) for k, v in chosen.items()},
                f"unaware_{most}": refreshed(unaware, chosen[most]),
                f"unchosen_{most}": refreshed(aware, self._voltage(most, source)),
                "fresh": Affine().fit(self._read(actual, known, source), known, programmed),
                "told": Refreshed(calibrator=aware.calibrator, change=aware.change, held=told),
            }

        return tried

    def _calibrator(self, source: torch.Generator) -> PhysicsCalibrator:
        """Fitted to arrays just programmed."""
        conductance, voltage = self._conductance(source), self._voltage(self.vectors, source)
        return self.calibrator.fit(self._read(conductance, voltage, source), voltage, conductance)

    def _conductance(self, source: torch.Generator) -> Tensor:
        return random_conductance(self, (self.matrices, self.rows, self.cols), source)

    def _voltage(self, vectors: int, source: torch.Generator) -> Tensor:
        return random_voltage(self, (self.matrices, vectors, self.rows), source)

    def _chosen(self, count: int) -> Tensor:
        voltage = refresh_vectors(self.rows, count, low=0.0, high=self.v_max)
        return voltage.expand(self.matrices, -1, -1)

    def _read(self, conductance: Tensor, voltage: Tensor, source: torch.Generator) -> Tensor:
        current = self.crossbar.read(conductance, voltage).current
        return self.noise.apply(current, conductance, voltage, source)
