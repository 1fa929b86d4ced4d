"""Pulses predicted from a conductance to a target, and what they do to cells in use."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Annotated, Any

import torch
from torch import Tensor

from mho.bench import SimulatedBench
from mho.core import Device
from mho.core.cells import take_columns
from mho.core.check import argument_error, check_number
from mho.core.random import generator
from mho.devices import DEVICES, JartTUD
from mho.programming import LookUpTable, NoiseFreeInverse, Programmer, ProgramResult, program
from mho.programming.predictor import (
    Examples,
    Looks,
    PulsePredictor,
    PulseRecords,
    RangePredictor,
    Recording,
    RelativeConductance,
    RelativeTime,
    SeveralPredictors,
    VoltagePredictor,
    mean_error,
)
from mho.studies.settings import OneOf
from mho.studies.study import Progress, Shards, Study

from .bound import PARTS, Bound
from .result import PulsePredictions
from .training import NETWORKS, Training


@dataclass(frozen=True, kw_only=True)
class Verification:
    """Write and verify: every cell gets a pulse after every read.

    Args:
        pulses: Pulses of each cell.
        targets: S. Targets whose histories are looked at one by one.
    """

    pulses: int = 20
    targets: tuple[float, ...] = (100e-6, 220e-6, 340e-6)

    def __post_init__(self) -> None:
        check_number("pulses", self.pulses, low=1)


_SCHEMES = (NoiseFreeInverse, LookUpTable, RangePredictor, VoltagePredictor)


@dataclass(frozen=True, kw_only=True)
class PredictPulses(Study):
    """How close does one predicted pulse bring a cell to its target, and how close could any?

    Networks learn from records of noisy cells. Each of them, and each scheme without a network,
    then sends one pulse to cells in use, from every start to every target, and after that many
    pulses with a read after each. The bounds say what would be best at the same starts and targets.

    Args:
        device: Model of the cells.
        recording: What is recorded to learn from; its seed is that of the study, and its looks are
            those of each training. Its range is better wider than that of the targets, since
            networks err at the ends of what they saw.
        networks: How networks are trained, by name.
        schemes: Schemes without a network or with several, by name; these record what they learn
            from by themselves, with the study's seed.
        low: S. Lowest start, and lowest target.
        high: S. Highest start, and highest target.
        starts: Conductances before the pulse, evenly spread.
        targets: Targets, evenly spread.
        cells: Cells for each start, each tried with every target; at least those of the bound.
        verification: Write and verify on the same starts and targets.
        bound: What the bounds are simulated with.
        seeds: Each selects other records, weights, cells and noise.
    """

    device: Annotated[Device[Any], OneOf(*DEVICES)] = field(
        default_factory=lambda: JartTUD.preset("yu2024")
    )
    recording: Recording = field(default_factory=lambda: Recording(low=104e-6, high=530e-6))
    networks: dict[str, Training] = field(default_factory=lambda: dict(NETWORKS))
    schemes: dict[str, Annotated[Programmer, OneOf(*_SCHEMES)]] = field(
        default_factory=lambda: {"noise_free": NoiseFreeInverse(), "look_up_table": LookUpTable()}
    )
    low: float = 110e-6
    high: float = 520e-6
    starts: int = 20
    targets: int = 20
    cells: int = 32
    verification: Verification = field(default_factory=Verification)
    bound: Bound = field(default_factory=Bound)
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        for name in ("starts", "targets"):
            check_number(name, getattr(self, name), low=2)
        check_number("cells", self.cells, low=max(PARTS, self.bound.states))
        if not self.seeds:
            raise argument_error("seeds", "hold at least one", "is empty")
        if taken := self.networks.keys() & {*self.schemes, "bound", "seeds"}:
            but = f"`{min(taken)}` is taken"
            raise argument_error("networks", "have names of their own", but)
        self.recording.range(self.device)
        check_number("low", self.low, low=self.device.g_min)
        check_number("high", self.high, low=self.low, high=self.device.g_max, above=True)

    def run(self, folder: Shards, progress: Progress) -> PulsePredictions:
        names = [*self.schemes, *self.networks]
        with progress.stage("Pulses", len(self.seeds) * (len(names) + 1)) as advance:
            for seed in self.seeds:
                trial = _Trial(self, seed)
                for name in ("bound", *names):
                    if not folder.has(f"{name}-seed{seed}"):
                        outcome = trial.bound() if name == "bound" else trial.outcome(name)
                        folder.write(f"{name}-seed{seed}", **outcome)
                    advance(1)
        return PulsePredictions.gather(
            folder, names=names, networks=self.networks, seeds=self.seeds
        )


class _Trial:
    """One seed: what all schemes learn from, and the cells that all are tried on."""

    def __init__(self, study: PredictPulses, seed: int) -> None:
        self.study, self.seed = study, seed
        ends = study.low, study.high
        self.starts, self.targets = (
            torch.linspace(*ends, count, dtype=torch.float64)
            for count in (study.starts, study.targets)
        )

    @cached_property
    def used(self) -> Any:
        """State of cells in use, (starts, cells); each is copied for every target."""
        study = self.study
        start = self.starts[:, None].expand(-1, study.cells).contiguous()
        return study.recording.used(study.device, start, generator(self.seed, 2))

    @cached_property
    def parts(self) -> tuple[PulseRecords, ...]:
        """Records to learn from, to choose by, and to test on."""
        return self._recorded(None)

    def _recorded(self, looks: Looks | None) -> tuple[PulseRecords, ...]:
        recording = replace(self.study.recording, seed=self.seed, looks=looks)
        return recording.record(self.study.device).split(0.8, 0.1, 0.1)

    def bound(self) -> dict[str, Tensor]:
        """Errors of the best pulses."""
        study, step = self.study, self.study.recording.step
        return study.bound.errors(study.device, self.used, self.targets, step=step, seed=self.seed)

    def outcome(self, name: str) -> dict[str, Any]:
        """What one scheme did.

        Args:
            name: Name of a network or of a scheme.
        """
        study, figures = self.study, {}
        scheme: Programmer
        if name in study.networks:
            scheme = self._trained(study.networks[name])
            figures = self._tested(scheme)
        else:
            scheme = study.schemes[name]
            if isinstance(scheme, SeveralPredictors):
                scheme = scheme.with_seed(self.seed)
            scheme = scheme.fit(study.device)
        each = torch.arange(study.cells).repeat(study.targets)
        once = self._program(scheme, self.targets.repeat_interleave(study.cells), each, 1)
        shared = torch.cat([self.targets, self.targets.new_tensor(study.verification.targets)])
        several = torch.arange(len(shared)) % study.cells
        often = self._program(scheme, shared, several, study.verification.pulses)
        grid = (len(self.starts), len(self.targets), study.cells)
        signed = once.width * (once.amplitude * study.device.set_voltage).sign()
        return figures | {
            "starts": self.starts,
            "targets": self.targets,
            "start": once.conductance[0].reshape(grid).float(),
            "end": once.conductance[1].reshape(grid).float(),
            "time": signed.reshape(grid).float(),
            "verified": often.conductance.float(),
            "verified_targets": shared,
        }

    def _program(
        self, scheme: Programmer, targets: Tensor, columns: Tensor, pulses: int
    ) -> ProgramResult:
        """Pulses on cells in use, a row for each start; all schemes get the same cells."""
        target = targets.expand(len(self.starts), -1).contiguous()
        bench = SimulatedBench(self.study.device, tuple(target.shape), seed=self.seed)
        bench.state = take_columns(self.used, columns)
        return program(bench, scheme, target, tolerance=0.0, max_pulses=pulses)

    def _trained(self, training: Training) -> PulsePredictor:
        scheme = PulsePredictor(encoding=training.encoding, stages=training.stages, seed=self.seed)
        parts = self.parts if training.looks is None else self._recorded(training.looks)
        return scheme.learn(self.study.device, *parts[:2])

    def _tested(self, scheme: PulsePredictor) -> dict[str, Tensor]:
        """Errors on the records that nothing was learned from, through their histories."""
        learned = scheme.learned
        assert learned is not None
        examples = Examples(self.parts[2], learned.encoding)
        criteria = {"test_t": RelativeTime(), "test_g": RelativeConductance()}
        return {
            name: mean_error(learned.network, criterion, examples)
            for name, criterion in criteria.items()
        }
