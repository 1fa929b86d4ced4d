"""The table of the calibrators: every array, every noise, every part of the data."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from mho.calibration import Calibrator, Identity
from mho.core.check import argument_error, check_number
from mho.studies.readout_error import ReadoutError
from mho.studies.study import Progress, Shards, Study

from .calibrators import CALIBRATORS, OWN, PHYSICS, OnCircuit, OwnVectors
from .result import FLOOR, IDEAL, RAW, Calibrations, shard_name
from .trial import Entry, Trial


@dataclass(frozen=True, kw_only=True)
class CalibrateReadout(Study):
    """How near does calibration bring the currents of an array to what they should be?

    Every calibrator learns from the training vectors of many random matrices, or from a few
    vectors of every matrix itself, and corrects vectors of the same matrices, unseen matrices, and
    filters that are driven by a sinusoid and by a constant voltage: table 1 of Rezaeifar et al., A
    Neural Network Approach for Calibrating Memristor Crossbars, with other arrays and noise.

    Args:
        data: What is read; its seed is that of the study.
        calibrators: Fitted over many arrays and used on unseen ones, by name.
        physics: Identified from many arrays and used on unseen ones, by name.
        own: Fitted to vectors of every array, by name.
        scored: Matrices of each part whose vectors are corrected, the first ones.
        seeds: Each selects other conductances, voltages and noise.
    """

    data: ReadoutError = field(default_factory=ReadoutError)
    calibrators: dict[str, Calibrator] = field(default_factory=lambda: dict(CALIBRATORS))
    physics: dict[str, OnCircuit] = field(default_factory=lambda: dict(PHYSICS))
    own: dict[str, OwnVectors] = field(default_factory=lambda: dict(OWN))
    scored: int = 100
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        if not self.seeds:
            raise argument_error("seeds", "hold at least one", "is empty")
        check_number("scored", self.scored, low=1)
        taken = {RAW, FLOOR}
        for argument in ("calibrators", "physics", "own"):
            names = getattr(self, argument)
            _check_names(argument, names, taken)
            taken |= set(names)
        most = self.data.vectors - self.data.validation_vectors - 1
        for name, own in self.own.items():
            if own.vectors > most:
                must = f"leave vectors to be corrected, and know at most {most}"
                raise argument_error(f"own.{name}.vectors", must, f"is {own.vectors}")

    @property
    def entries(self) -> dict[str, Entry]:
        """What is compared, the uncorrected currents first."""
        return {RAW: Identity(), **self.calibrators, **self.physics, **self.own}

    def run(self, folder: Shards, progress: Progress) -> Calibrations:
        total = len(self.seeds) * len(self.data.arrays) * len(self.entries)
        with progress.stage("Calibrating", total) as advance:
            for seed in self.seeds:
                for array in self.data.arrays:
                    trial = Trial(replace(self.data, seed=seed), array, self.scored)
                    if not folder.has(shard_name(FLOOR, array, seed)):
                        folder.write(shard_name(FLOOR, array, seed), **trial.floor())
                    for name, entry in self.entries.items():
                        shard = shard_name(name, array, seed)
                        if not folder.has(shard):
                            folder.write(shard, **trial.outcome(entry))
                        advance(1)
        if not folder.has(IDEAL):
            folder.write(IDEAL, **trial.ideal_signals())
        return Calibrations.gather(folder, self)


def _check_names(argument: str, names: Iterable[str], taken: set[str]) -> None:
    for name in names:
        if not re.fullmatch(r"\w+", name, re.ASCII):
            must = "have names of letters, digits and underscores"
            raise argument_error(argument, must, f"has {name!r}")
        if name in taken:
            raise argument_error(argument, "have names of its own", f"`{name}` is taken")
