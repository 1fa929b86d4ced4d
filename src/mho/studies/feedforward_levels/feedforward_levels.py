"""How many even levels feedforward pulses give, and how straight and how reliable they are."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import torch

from mho.bench import SimulatedBench
from mho.core import Bench, Device
from mho.core.check import argument_error, check_number
from mho.devices import DEVICES, FourTerminal, InTime
from mho.programming.feedforward import FeedforwardPulse, IdenticalPulses, cycle
from mho.studies.settings import OneOf
from mho.studies.study import Progress, Shards, Study

from .measurements import (
    DIRECTIONS,
    calibrated_scheme,
    corrected_levels,
    curve_arrays,
    curves,
    followed_cycles,
    found_scheme,
    sweep_arrays,
)
from .resolved import Resolved
from .result import LevelCounts
from .settings import Correction, Learning


@dataclass(frozen=True, kw_only=True)
class FeedforwardLevels(Study):
    """How many even levels does a sweep of feedforward pulses give?

    A table of amplitudes is calibrated, on one cell by sweeps of identical pulses or else on the
    model without noise. It then drives cells up and down between the ends of the scale. Each sweep
    is split into levels, whose straightness and reliability are measured.

    Args:
        device: Model of the cells.
        scheme: The feedforward scheme; if left out, one of 500 pulses is found for the device.
        characterisation: Sweeps of identical pulses that calibrate the table; if left out, the
            scheme is fitted to the model.
        levels: Numbers of levels to split a sweep into, the largest one first.
        cells: Cells that are driven at the same time.
        cycles: Sweeps of each cell in either direction, after a first that is not counted.
        resolution: A. Step of the current that a read resolves; 0 is a perfect instrument.
        correction: Also meets every level by write-and-verify, if given.
        learning: Also drives by schemes that learn, by name.
        seeds: Each selects other noise.
    """

    device: Annotated[Device[Any], OneOf(*DEVICES)] = field(
        default_factory=lambda: FourTerminal.preset("ffp2025")
    )
    scheme: FeedforwardPulse | None = None
    characterisation: IdenticalPulses | None = None
    levels: tuple[int, ...] = (512, 128, 32)
    cells: int = 11
    cycles: int = 6
    resolution: float = 0.0
    correction: Correction | None = None
    learning: dict[str, Learning] = field(default_factory=dict)
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        for name in ("cells", "cycles"):
            check_number(name, getattr(self, name), low=1)
        check_number("resolution", self.resolution, low=0.0)
        for name in ("levels", "seeds"):
            if not getattr(self, name):
                raise argument_error(name, "hold at least one", "is empty")
        if min(self.levels) < 3 or list(self.levels) != sorted(set(self.levels), reverse=True):
            raise argument_error("levels", "fall, and be at least 3", f"is {self.levels}")
        if self.learning and self.characterisation is None:
            raise argument_error(
                "characterisation", "be given where there is `learning` to compare to", "is not"
            )

    def run(self, folder: Shards, progress: Progress) -> LevelCounts:
        parts = ("sweeps", *["corrected"] * (self.correction is not None), *self.learning)
        with progress.stage("Measurements", len(self.seeds) * len(parts)) as advance:
            for seed in self.seeds:
                missing = [part for part in parts if not folder.has(f"seed{seed}-{part}")]
                scheme = self._scheme(folder, seed) if missing else None
                for part in parts:
                    if part in missing and scheme is not None:
                        arrays = self._measure(part, scheme, folder, seed)
                        folder.write(f"seed{seed}-{part}", **arrays)
                    advance(1)
        return LevelCounts.gather(
            folder,
            levels=self.levels,
            seeds=self.seeds,
            learning=tuple(self.learning),
            corrected=self.correction is not None,
        )

    def _scheme(self, folder: Shards, seed: int) -> FeedforwardPulse:
        scheme = self.scheme or found_scheme(self.device)
        if self.characterisation is None:
            return scheme.fit(self.device)
        cell = self._bench((1, 1), seed)
        scheme, sweeps = calibrated_scheme(cell, self.device, scheme, self.characterisation)
        if not folder.has(f"seed{seed}-curves"):
            folder.write(f"seed{seed}-curves", **curve_arrays(*sweeps))
        return scheme

    def _measure(
        self, part: str, scheme: FeedforwardPulse, folder: Shards, seed: int
    ) -> dict[str, Any]:
        if part in self.learning:
            known = folder.read(f"seed{seed}-curves")
            effort = {"full": sum(int(known[f"{name}_pulses"]) for name in DIRECTIONS)}
            return self._learn(self.learning[part], scheme, seed) | effort
        bench = self._bench((1, self.cells), seed + _OTHER_CELLS)
        # The first cycle starts from fresh cells, unlike all that follow.
        scheme = cycle(bench, scheme).scheme
        if part == "corrected" and self.correction is not None:
            cells = self.cells * self.cycles
            bench = self._bench((1, cells), seed + 2 * _OTHER_CELLS)
            scheme = cycle(bench, scheme).scheme
            return corrected_levels(bench, scheme, self.levels[0], self.correction)
        driven = cycle(bench, scheme, self.cycles)
        ends = torch.tensor(scheme.scale.ends(), dtype=torch.float64)
        return sweep_arrays(driven) | _wanted(scheme) | {"ends": ends, "unit": scheme.scale.unit}

    def _learn(self, settings: Learning, full: FeedforwardPulse, seed: int) -> dict[str, Any]:
        """Pulses of each sweep by the calibrated table, and by a rough one that learns."""
        arrays: dict[str, Any] = {}
        rough = self._bench((1, 1), seed + 3 * _OTHER_CELLS)
        up, down = curves(rough, self.device, full, settings.characterisation)
        learner = replace(full, learning=settings.rate).calibrated(
            up.observations, down.observations, width=up.width
        )
        for name, scheme in (("calibrated", full), ("learning", learner)):
            bench = self._bench((1, settings.cells), seed + 4 * _OTHER_CELLS, settings)
            for key, array in followed_cycles(bench, scheme, settings.cycles).items():
                arrays[f"{name}_{key}"] = array
        first = sum(float(arrays[f"learning_{direction}"][0]) for direction in DIRECTIONS)
        effort = {"before": up.pulses + down.pulses, "first": first}
        return arrays | effort | _wanted(full)

    def _bench(self, shape: tuple[int, int], seed: int, learning: Learning | None = None) -> Bench:
        device = self.device
        if learning is not None and learning.ageing is not None:
            device = InTime(device=device, effect=learning.ageing)
        bench = SimulatedBench(device, shape, seed=seed)
        if self.resolution == 0:
            return bench
        return Resolved(bench, self.device.read_voltage, self.resolution)


def _wanted(scheme: FeedforwardPulse) -> dict[str, int]:
    return {"set_wanted": scheme.set_pulses, "reset_wanted": scheme.reset_pulses}


_OTHER_CELLS = 1000  # between the seeds of cells for different measurements
