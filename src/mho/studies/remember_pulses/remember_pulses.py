"""What earlier pulses of a cell tell about its next one, and what a predictor makes of it."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import torch
from torch import Tensor

from mho.bench import SimulatedBench
from mho.core import Device, Past, Pulse
from mho.core.check import argument_error, check_number
from mho.core.random import generator
from mho.devices import DEVICES, JartTUD
from mho.programming import Programmer, program
from mho.programming.predictor import HistoryPredictor, Landings, Practice, Recording, Round
from mho.studies.settings import OneOf
from mho.studies.study import Progress, Shards, Study

from .belief import Belief
from .result import RememberedPulses

PREDICTORS = ("history", "memoryless")


@dataclass(frozen=True, kw_only=True)
class Jobs:
    """Write-and-verify jobs, two in a row on the same cells; the second one counts.

    Args:
        cells: Cells of each job, every one with a target of its own.
        low: S. Lowest target.
        high: S. Highest target.
        pulses: Pulses of each cell at most.
        tolerances: Relative errors within which a cell counts as programmed.
    """

    cells: int = 500
    low: float = 110e-6
    high: float = 520e-6
    pulses: int = 30
    tolerances: tuple[float, ...] = (0.1, 0.05, 0.01)

    def __post_init__(self) -> None:
        for name in ("cells", "pulses"):
            check_number(name, getattr(self, name), low=1)
        check_number("low", self.low, low=0.0, above=True)
        check_number("high", self.high, low=self.low)


@dataclass(frozen=True, kw_only=True)
class RememberPulses(Study):
    """How much closer does a pulse land if the earlier pulses of its cell are known?

    A predictor practises write and verify with the earlier pulses in sight, and another one, alike
    in all else, without. Both are judged by the next pulse of cells that are in the middle of write
    and verify, beside what could be known from any number of earlier pulses, and by the pulses that
    whole jobs take.

    Args:
        device: Model of the cells.
        predictor: Predictor that remembers.
        belief: What is simulated to find out what could be known.
        cells: Cells whose next pulse is judged.
        pool: Cells among which those that read alike are found.
        jobs: Write-and-verify jobs.
        seeds: Each selects other cells, weights and noise.
    """

    device: Annotated[Device[Any], OneOf(*DEVICES)] = field(
        default_factory=lambda: JartTUD.preset("yu2024")
    )
    predictor: HistoryPredictor = field(
        default_factory=lambda: HistoryPredictor(
            practice=Practice(recording=Recording(low=104e-6, high=530e-6))
        )
    )
    belief: Belief = field(default_factory=Belief)
    cells: int = 80
    pool: int = 1500
    jobs: Jobs = field(default_factory=Jobs)
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        for name in ("cells", "pool"):
            check_number(name, getattr(self, name), low=1)
        if not self.seeds:
            raise argument_error("seeds", "hold at least one", "is empty")
        remembered = self.predictor.practice.remembered
        if max(self.belief.remembered, default=0) > remembered:
            must = f"be at most what the predictor remembers, {remembered}"
            raise argument_error("belief.remembered", must, f"is {self.belief.remembered}")

    def run(self, folder: Shards, progress: Progress) -> RememberedPulses:
        steps = len(PREDICTORS) + 2
        with progress.stage("Seeds", steps * len(self.seeds)) as advance:
            for seed in self.seeds:
                for name in PREDICTORS:
                    if not (folder.path / _file(name, seed)).is_file():
                        self._trained(name, seed).save(folder.path / _file(name, seed))
                    advance(1)
                known = {
                    name: HistoryPredictor.load(folder.path / _file(name, seed))
                    for name in PREDICTORS
                }
                for part, measure in (("next", self._next), ("jobs", self._jobs)):
                    if not folder.has(f"{part}-seed{seed}"):
                        folder.write(f"{part}-seed{seed}", **measure(known, seed))
                    advance(1)
        return RememberedPulses.gather(folder, self)

    def _trained(self, name: str, seed: int) -> HistoryPredictor:
        practice = self.predictor.practice
        if name == "memoryless":
            practice = replace(practice, remembered=0)
        return replace(self.predictor, practice=practice, seed=seed).fit(self.device)

    def _next(self, known: dict[str, HistoryPredictor], seed: int) -> dict[str, Tensor]:
        """Errors of the next pulse of cells that are in use by the predictor that remembers."""
        scheme, device = known["history"], self.device
        judged = self._in_use(scheme, self.cells, 1000 * seed + 500)
        pool = self._in_use(scheme, self.pool, 1000 * seed + 501).state
        landings = judged.landings
        conductance, target = landings.start[None], landings.target[None]
        past = _past(device, landings)
        times = {name: each.time(conductance, target, past)[0] for name, each in known.items()}
        source = generator(seed, 3)
        errors = self.belief.errors(device, judged.state, landings, pool, times, source)
        upwards = landings.target > landings.start
        return errors | {"upwards": upwards, "tried": landings.tried}

    def _in_use(self, scheme: Programmer, cells: int, seed: int) -> Round:
        """A pulse of cells that a scheme has been programming for long enough to remember."""
        practice = self.predictor.practice
        recording = replace(practice.recording, cells=cells, seed=seed)
        warm_up = practice.warm_up + practice.remembered
        practice = replace(practice, recording=recording, warm_up=warm_up, pulses=1)
        return next(practice.rounds(self.device, scheme))

    def _jobs(self, known: dict[str, HistoryPredictor], seed: int) -> dict[str, Tensor]:
        """Pulses that cells took in the second of two jobs, by scheme and tolerance."""
        recording, jobs = self.predictor.practice.recording, self.jobs
        draws, found = generator(seed, 4), {}
        span = jobs.high - jobs.low
        begin, *targets = (
            jobs.low + span * torch.rand(1, jobs.cells, dtype=torch.float64, generator=draws)
            for _ in range(3)
        )
        used = recording.used(self.device, begin, generator(seed, 5))
        for name, scheme in known.items():
            for number, tolerance in enumerate(jobs.tolerances):
                bench, past = SimulatedBench(self.device, (1, jobs.cells), seed=seed), Past()
                bench.state = used
                most = jobs.pulses
                for target in targets:
                    result = program(
                        bench, scheme, target, tolerance=tolerance, max_pulses=most, past=past
                    )
                    past = result.past
                done = torch.where(result.converged, result.pulses.double(), torch.inf)
                found[f"{name}-{number}"] = done[0]
        return found


def _past(device: Device[Any], landings: Landings) -> Past:
    """The earlier pulses as a job would hand them in, of cells that are columns."""
    before, _, time = landings.earlier.unbind(-1)
    up, down = torch.tensor([device.set_voltage, device.reset_voltage], dtype=torch.float64)
    pulses = zip(torch.where(time > 0, up, down).T, time.abs().T, strict=True)
    reads = tuple(each[None] for each in before.T)
    return Past(reads, tuple(Pulse(amplitude[None], width[None]) for amplitude, width in pulses))


def _file(name: str, seed: int) -> str:
    return f"{name}-seed{seed}.safetensors"
