"""A pulse predictor on cells that it never saw, and what their own pulses teach it."""

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Annotated, Any

import torch
from torch import Tensor

from mho.bench import SimulatedBench
from mho.core import Device
from mho.core.cells import take_columns
from mho.core.check import argument_error, check_number
from mho.core.past import NO_PAST, Past
from mho.core.random import generator
from mho.devices import DEVICES, JartTUD
from mho.devices.jart import FilamentSpread
from mho.programming import Cycling, Programmer, PulsePredictor, program
from mho.programming.predictor import (
    AdaptivePredictor,
    Recording,
    RelativeConductance,
    SquaredTime,
    Stage,
)

from .settings import OneOf
from .spread import spread
from .study import Progress, Shards, Study


def _predictor() -> PulsePredictor:
    return PulsePredictor(
        recording=Recording(cells=500, targets=12, warm_up=4, extent=4.0, step=1e-9),
        stages=(
            Stage(loss=SquaredTime(), epochs=20, final_learning_rate=1e-4),
            Stage(loss=RelativeConductance(secant=0.3), epochs=20, final_learning_rate=3e-5),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class AdaptPredictor(Study):
    """How much closer does a predicted pulse land once the cell has told of itself?

    A predictor is trained on some cells of a population and programs others, one pulse to a random
    target after the other. It never learns, learns every cell's deviation from its past with and
    without forgetting, or has all its weights trained on the pulses of the cell. For comparison,
    some cells get a predictor that was trained on many records of this very cell.

    Args:
        device: Model of the cells, with their spread.
        adaptive: Predictor that learns on, with the one that it corrects.
        cells: Cells to program.
        after: Numbers of pulses after which the error is taken.
        window: Pulses over which it is taken.
        tuned: Cells that get a network of their own.
        use: Full SETs and RESETs that every cell went through before.
        own: Recording of each of them, on as many copies of it as `own.cells`.
        own_rounds: Pulses on each copy by which that predictor is judged.
        tuning: Training of all weights on the records of a cell.
        seeds: Each selects other records, weights, cells and noise.
    """

    device: Annotated[Device[Any], OneOf(*DEVICES)] = field(
        default_factory=lambda: JartTUD.preset(
            "yu2022",
            set_voltage=-0.4713,
            reset_voltage=0.9726,
            device_spread=FilamentSpread(),
        )
    )
    adaptive: AdaptivePredictor = field(
        default_factory=lambda: AdaptivePredictor(predictor=_predictor())
    )
    cells: int = 300
    after: tuple[int, ...] = (0, 10, 25, 50, 100, 200)
    window: int = 10
    tuned: int = 10
    use: Cycling = field(default_factory=lambda: Cycling(cycles=0, width=2e-5))
    own: Recording = field(
        default_factory=lambda: Recording(cells=100, targets=12, warm_up=4, extent=4.0, step=1e-9)
    )
    own_rounds: int = 40
    tuning: tuple[Stage, ...] = (
        Stage(loss=RelativeConductance(secant=0.3), epochs=30, final_learning_rate=1e-4),
    )
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        for name in ("cells", "window", "tuned", "own_rounds"):
            check_number(name, getattr(self, name), low=1)
        for name in ("after", "seeds"):
            if not getattr(self, name):
                raise argument_error(name, "hold at least one", "is empty")
        if any(b <= a for a, b in pairwise(self.after)):
            raise argument_error("after", "rise", f"is {self.after}")

    def run(self, folder: Shards, progress: Progress) -> "AdaptedPredictions":
        with progress.stage("Seeds", len(self.seeds)) as advance:
            for seed in self.seeds:
                if not folder.has(f"seed{seed}"):
                    folder.write(f"seed{seed}", **self._measure(seed))
                advance(1)
        shards = [folder.read(f"seed{seed}") for seed in self.seeds]
        metrics: dict[str, Any] = {"seeds": list(self.seeds), "after": list(self.after)}
        metrics["memory"] = spread([float(shard["memory"]) for shard in shards])
        for name in _SCHEMES:
            metrics[name] = {
                f"after_{pulses}": spread([self._at(shard[name], pulses) for shard in shards])
                for pulses in self.after
            }
        for name in ("own", "common"):
            metrics[name] = spread([float(shard[name]) for shard in shards])
        last = f"after_{self.after[-1]}"
        never, ever = (metrics[name][last]["values"] for name in ("never", "forgetting"))
        metrics["gain"] = spread([1 - b / a for a, b in zip(never, ever, strict=True)])
        return AdaptedPredictions(metrics)

    def _at(self, errors: Any, pulses: int) -> float:
        return torch.as_tensor(errors)[pulses : pulses + self.window].mean().item()

    def _measure(self, seed: int) -> dict[str, Any]:
        """Mean error of every pulse by each scheme, and of predictors made for one cell."""
        plain, adaptive = self.adaptive.predictor, self.adaptive
        used = self._bench(plain.recording.cells, seed, 0)
        records = replace(plain.recording, seed=seed).record(self.device, used.state)
        plain = replace(plain, seed=seed).learn(self.device, *records.split(0.9, 0.1))
        others = self._bench(adaptive.cells, seed, 1)
        _, past = self._program(others, plain, adaptive.pulses, seed)
        forgetting = replace(adaptive, predictor=plain).learn(past, others.read())
        assert forgetting.population is not None
        keeping = replace(forgetting.population, memory=_FOREVER)
        schemes: dict[str, Programmer] = {
            "never": plain,
            "keeping": replace(forgetting, population=keeping),
            "forgetting": forgetting,
        }
        outcome: dict[str, Any] = {"memory": forgetting.population.memory}
        rounds = self.after[-1] + self.window
        for name, scheme in schemes.items():
            errors, _ = self._program(self._bench(self.cells, seed, 2), scheme, rounds, seed)
            outcome[name] = errors.mean(1).float()
        return outcome | self._own(plain, seed)

    def _bench(self, cells: int, *seed: int) -> SimulatedBench:
        """Cells in use, other ones for every seed."""
        whole = generator(*seed).initial_seed()
        bench = SimulatedBench(self.device, (1, cells), seed=whole)
        self.use.apply(bench, self.device)
        return bench

    def _program(
        self, bench: SimulatedBench, scheme: Programmer, rounds: int, seed: int
    ) -> tuple[Tensor, Past]:
        """Relative error after one pulse to each of some random targets: (rounds, cells).

        Before that each cell gets some pulses that nobody looks at, so that all schemes start alike
        on cells in use.
        """
        draws, past, errors = generator(seed, 1), NO_PAST, []
        low, high = scheme.reach or (self.device.g_min, self.device.g_max)
        for number in range(_IN_USE + rounds):
            share = torch.rand(bench.shape, dtype=torch.float64, generator=draws)
            target = low + (high - low) * share
            result = program(bench, scheme, target, tolerance=0.0, max_pulses=1, past=past)
            past = result.past if number >= _IN_USE else NO_PAST
            errors.append(result.relative_error.flatten())
        return torch.stack(errors[_IN_USE:]), past

    def _own(self, predictor: PulsePredictor, seed: int) -> dict[str, float]:
        """Mean error on single cells, by predictors trained on each and by the common one."""
        cells = self.device.fabricate((1, self.tuned), generator(seed, 2))
        errors = {"own": 0.0, "common": 0.0}
        for number in range(self.tuned):
            bench = self._bench(self.own.cells, seed, 3 + number)
            bench.state = take_columns(cells, torch.full((self.own.cells,), number))
            self.use.apply(bench, self.device)
            recording = replace(self.own, seed=1000 * seed + number)
            parts = recording.record(self.device, bench.state).split(0.8, 0.2)
            tuned = replace(predictor, stages=self.tuning).learn(self.device, *parts)
            used = bench.state
            for name, scheme in {"own": tuned, "common": predictor}.items():
                bench.state = used
                error, _ = self._program(bench, scheme, self.own_rounds, seed)
                errors[name] += error.mean().item() / self.tuned
        return errors


_FOREVER = 1e6  # pulses
_IN_USE = 10  # pulses
_SCHEMES = ("never", "keeping", "forgetting")


@dataclass(frozen=True)
class AdaptedPredictions:
    """How close pulses land, before and after cells have told of themselves.

    Args:
        metrics: For a predictor that never learns on, one that keeps all it learned and one that
            forgets, the mean relative error of the pulses after given numbers of pulses; the
            memory found (pulses); the error of predictors trained on single cells, and of the
            common one on these; and the share of the error that learning with forgetting saves in
            the end.
    """

    metrics: dict[str, Any]

    def __str__(self) -> str:
        memory, gain = self.metrics["memory"]["mean"], self.metrics["gain"]["mean"]
        lines = [
            f"AdaptPredictor: what pulses tell of their cell saves {100 * gain:.0f} % of the "
            f"error; a deviation lasts {memory:.0f} pulses",
            f"{'pulses before':>14}" + "".join(f"{name:>12}" for name in _SCHEMES),
        ]
        for pulses in self.metrics["after"]:
            errors = (self.metrics[name][f"after_{pulses}"]["mean"] for name in _SCHEMES)
            lines.append(f"{pulses:>14}" + "".join(f"{100 * e:>10.1f} %" for e in errors))
        own, common = (100 * self.metrics[name]["mean"] for name in ("own", "common"))
        lines.append(f"trained on a single cell: {own:.1f} %, the common one there: {common:.1f} %")
        return "\n".join(lines)
