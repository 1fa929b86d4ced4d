"""Predicted amplitudes against a staircase of pulses, on the statistics of a measured array."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import torch
from torch import Tensor

from mho.bench import SimulatedBench
from mho.core import Device, Pulse
from mho.core.check import argument_error, check_number
from mho.core.random import generator
from mho.core.units import si
from mho.devices import DEVICES, Synaptogen
from mho.programming import Programmer, Staircase, Stairs, program
from mho.programming.predictor import AmplitudePredictor

from .settings import OneOf
from .spread import spread
from .study import Progress, Shards, Study


def _stairs(step: float) -> Staircase:
    return Staircase(
        set_stairs=Stairs(start=-0.5, step=step, stop=-1.5),
        reset_stairs=Stairs(start=0.5, step=step, stop=1.5),
    )


@dataclass(frozen=True, kw_only=True)
class OnChipPrediction(Study):
    """How much sooner are cells of a measured array programmed by predicted amplitudes?

    The network is trained on random pulses to some cells and programs others, in use before, with
    pulse and verify. The baseline is the incremental step pulse, with several steps. The delay of a
    cell counts its pulses, and a read before the first and after each. Beside it stands where a
    single predicted RESET leads from the LRS, and which targets a single RESET can lead to at all.

    Args:
        device: Model of the cells.
        predictor: Predictor to train, with its recording and its stages.
        staircases: Baselines; their pulses should be as wide as those of the predictor.
        read_time: s. Time of one read.
        tolerances: Relative errors within which a cell counts as programmed, a job for each.
        max_pulses: Pulses after which a cell is given up.
        targets: Targets, evenly spread from `low` to `high`.
        cells: Cells for each target.
        low: S. Lowest target.
        high: S. Highest target.
        finest: V. Step between the amplitudes that are tried to find what can be reached.
        seeds: Each selects other records, weights, cells and noise.
    """

    device: Annotated[Device[Any], OneOf(*DEVICES)] = field(default_factory=Synaptogen)
    predictor: AmplitudePredictor = field(default_factory=AmplitudePredictor)
    staircases: tuple[Staircase, ...] = field(
        default_factory=lambda: tuple(_stairs(step) for step in (0.02, 0.05, 0.1))
    )
    read_time: float = 1e-6
    tolerances: tuple[float, ...] = (0.05, 0.1)
    max_pulses: int = 200
    targets: int = 20
    cells: int = 64
    low: float = 15e-6
    high: float = 200e-6
    finest: float = 0.005
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        for name in ("targets", "cells", "max_pulses"):
            check_number(name, getattr(self, name), low=1)
        check_number("read_time", self.read_time, low=0.0)
        check_number("low", self.low, low=0.0, above=True)
        check_number("high", self.high, low=self.low)
        check_number("finest", self.finest, low=0.0, above=True)
        for name in ("staircases", "tolerances", "seeds"):
            if not getattr(self, name):
                raise argument_error(name, "hold at least one", "is empty")

    def run(self, folder: Shards, progress: Progress) -> "OnChipPredictions":
        with progress.stage("Seeds", len(self.seeds)) as advance:
            for seed in self.seeds:
                if not folder.has(f"seed{seed}"):
                    folder.write(f"seed{seed}", **self._measure(seed))
                advance(1)
        shards = [folder.read(f"seed{seed}") for seed in self.seeds]
        stored = {
            name: torch.stack([torch.as_tensor(s[name]) for s in shards]) for name in shards[0]
        }
        one = stored["one_pulse_error"]
        metrics: dict[str, Any] = {
            "seeds": list(self.seeds),
            "one_pulse": {
                "relative_error": _over_seeds(one),
                "within_half": _over_seeds((one < 0.5).double()),
            },
        }
        for index, tolerance in enumerate(self.tolerances):
            jobs = {name: self._figures(stored[name][:, index]) for name in self.schemes}
            reachable = _over_seeds(stored["reachable"][:, index])
            metrics[_within(tolerance)] = jobs | {
                "reachable": reachable,
                "sooner": _sooner([jobs[name]["delay"]["values"] for name in self.schemes]),
            }
        return OnChipPredictions(metrics)

    @property
    def schemes(self) -> list[str]:
        """Names of the schemes: the predictor, and each staircase by its RESET step in mV."""
        steps = (scheme.reset_stairs for scheme in self.staircases)
        return ["predicted", *(f"stairs_{1e3 * stairs.step:g}" for stairs in steps if stairs)]

    def delay(self, pulses: Tensor) -> Tensor:
        """Time of some pulses and of the reads before, between and after them: (...), s.

        Args:
            pulses: (...), 1. How many.
        """
        return pulses * self.predictor.recording.width + (pulses + 1) * self.read_time

    def _figures(self, jobs: Tensor) -> dict[str, Any]:
        """Figures of (seeds, 4, targets, cells) as `_job` gives them."""
        pulses, _, energy, converged = jobs.double().unbind(1)
        delay = self.delay(pulses)
        arrived = [d[c > 0] for d, c in zip(delay, converged, strict=True)]
        return {
            "pulses": _over_seeds(pulses),
            "delay": spread([each.mean().item() for each in arrived]),
            "delay_95": spread([each.quantile(0.95).item() for each in arrived]),
            "energy": _over_seeds(energy),
            "converged": _over_seeds(converged),
        }

    def _measure(self, seed: int) -> dict[str, Any]:
        recording = replace(self.predictor.recording, seed=seed)
        predictor = replace(self.predictor, recording=recording, seed=seed).fit(self.device)
        schemes = (predictor, *(scheme.fit(self.device) for scheme in self.staircases))
        outcome = self._from_the_top(predictor, seed)
        for name, scheme in zip(self.schemes, schemes, strict=True):
            jobs = [self._job(scheme, tolerance, seed) for tolerance in self.tolerances]
            outcome[name] = torch.stack(jobs).float()
        return outcome

    def _job(self, scheme: Programmer, tolerance: float, seed: int) -> Tensor:
        """Pulses, relative error, energy and success of each cell: (4, targets, cells)."""
        bench, target = self._bench(seed), self._target()
        share = torch.rand(bench.shape, dtype=torch.float64, generator=generator(seed, 2))
        bench.apply(Pulse(share * self.device.reset_voltage, self._width(share)))
        done = program(bench, scheme, target, tolerance=tolerance, max_pulses=self.max_pulses)
        columns = (done.pulses, done.relative_error, done.energy, done.converged)
        return torch.stack([column.double() for column in columns])

    def _from_the_top(self, predictor: AmplitudePredictor, seed: int) -> dict[str, Any]:
        """What a RESET makes of cells in the LRS: the predicted one, and the best of all."""
        target, bench = self._target(), self._bench(seed)
        steps = 1 + round(abs(self.device.reset_voltage) / self.finest)
        grid = torch.linspace(0.0, self.device.reset_voltage, steps, dtype=torch.float64)
        every = [Pulse(v.expand(bench.shape), self._width(target)) for v in grid]
        error = []
        for pulse in (predictor.pulse(bench.read(), target), *every):
            # The same source for each, so that all of them begin the same cycle.
            state = self.device.apply(bench.state, pulse, generator(seed, 3))
            error.append((self.device.conductance(state) - target).abs() / target)
        best = torch.stack(error[1:]).amin(0)
        return {
            "top": bench.read().float(),
            "one_pulse_error": error[0].float(),
            "reachable": torch.stack([(best <= t).double().mean(1) for t in self.tolerances]),
        }

    def _bench(self, seed: int) -> SimulatedBench:
        """Cells after a SET, other ones than those of the records."""
        bench = SimulatedBench(self.device, (self.targets, self.cells), seed=seed)
        width = self.predictor.recording.width
        bench.apply(Pulse.uniform(bench.shape, amplitude=self.device.set_voltage, width=width))
        return bench

    def _target(self) -> Tensor:
        levels = torch.linspace(self.low, self.high, self.targets, dtype=torch.float64)
        return levels[:, None].expand(-1, self.cells).contiguous()

    def _width(self, like: Tensor) -> Tensor:
        return torch.full_like(like, self.predictor.recording.width)


def _within(tolerance: float) -> str:
    return f"within_{100 * tolerance:g}"


def _over_seeds(values: Tensor) -> dict[str, Any]:
    return spread(values.double().flatten(1).mean(1).tolist())


def _sooner(delays: list[list[float]]) -> dict[str, Any]:
    """How many times sooner the first scheme is there than the quickest of the others."""
    first, *others = delays
    return spread([min(rest) / ours for ours, *rest in zip(first, *others, strict=True)])


@dataclass(frozen=True)
class OnChipPredictions:
    """How soon cells are programmed.

    Args:
        metrics: For each tolerance and scheme the mean number of pulses and energy (J), the share
            of cells that arrived, and their delay (s), mean and 95th percentile; how many times
            sooner the predictor is there than the quickest staircase; the share of targets that
            some single RESET reaches; and where one predicted RESET from the LRS leads.
    """

    metrics: dict[str, Any]

    def __str__(self) -> str:
        one = self.metrics["one_pulse"]
        lines = [
            "OnChipPrediction: one predicted RESET from the LRS is off by "
            f"{_percent(one['relative_error'])} on average"
        ]
        for name, jobs in self.metrics.items():
            if not name.startswith("within_"):
                continue
            tolerance, sooner = name.removeprefix("within_"), jobs["sooner"]["mean"]
            lines.append(
                f"to within {tolerance} %, in one RESET for {_percent(jobs['reachable'])} of all "
                f"targets at best, {sooner:.1f} times sooner with the predictor"
            )
            lines.append(
                f"{'':>12}{'pulses':>8}{'delay':>10}{'95 %':>10}{'arrived':>9}{'energy':>10}"
            )
            for scheme, job in jobs.items():
                if "delay" in job:
                    lines.append(_row(scheme, job))
        return "\n".join(lines)


def _row(scheme: str, job: dict[str, Any]) -> str:
    pulses, mean, late, energy = (
        job[name]["mean"] for name in ("pulses", "delay", "delay_95", "energy")
    )
    times = f"{si(mean, 's'):>10}{si(late, 's'):>10}{_percent(job['converged']):>9}"
    return f"{scheme:>12}{pulses:>8.1f}{times}{si(energy, 'J'):>10}"


def _percent(figure: dict[str, Any]) -> str:
    return f"{100 * figure['mean']:.1f} %"
