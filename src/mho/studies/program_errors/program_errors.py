"""Program errors of schemes: fitted, held out, sampled and saved."""

from dataclasses import dataclass, field
from typing import Any

import torch

from mho.core.check import argument_error, check_number
from mho.core.random import generator
from mho.programming import KnotGrid, LevelGrid, Outcomes, ProgramError, held_out
from mho.studies.study import Progress, Shards, Study

from .result import ProgramErrorsResult, goodness_of
from .sources import Programmed, Source

_GRIDS = (LevelGrid, KnotGrid)
_DENSITIES = ("probability", "student", "gaussian", "empirical")  # single precision suffices


@dataclass(frozen=True, kw_only=True)
class ProgramErrors(Study):
    """What comes of programming a target, and how well does Student's t tell?

    Each seed's outcomes are held out part by part, from fits to the other parts. The error that is
    fitted to the outcomes of all seeds is left in the run folder as a file, named after its source.

    Args:
        sources: Where outcomes come from, by name.
        folds: Parts that are held out one after the other.
        drawn: Outcomes drawn from the error of all seeds, for a look at them beside as many
            that happened.
        seeds: Each selects other cells, targets and noise.
    """

    sources: dict[str, Source] = field(default_factory=lambda: {"one_pulse": Programmed()})
    folds: int = 5
    drawn: int = 4000
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        check_number("folds", self.folds, low=2)
        check_number("drawn", self.drawn, low=1)
        for name in ("sources", "seeds"):
            if not getattr(self, name):
                raise argument_error(name, "hold at least one", "is empty")

    def run(self, folder: Shards, progress: Progress) -> ProgramErrorsResult:
        parts = len(self.sources) * (len(self.seeds) + 1)
        with progress.stage("Program errors", parts) as advance:
            for name, source in self.sources.items():
                for seed in self.seeds:
                    if not folder.has(f"{name}-seed{seed}"):
                        folder.write(f"{name}-seed{seed}", **self._held_out(source, seed))
                    advance(1)
                if not folder.has(f"{name}-error"):
                    folder.write(f"{name}-error", **self._fitted(folder, name, source))
                advance(1)
        return ProgramErrorsResult.gather(folder, list(self.sources), list(self.seeds))

    def _held_out(self, source: Source, seed: int) -> dict[str, Any]:
        outcomes = source.outcomes(seed)
        goodness = held_out(outcomes, folds=self.folds, seed=seed)
        return {
            "grid": _GRIDS.index(type(outcomes.grid)),
            "points": outcomes.grid.points,
            "target": outcomes.target,
            "achieved": outcomes.achieved,
            "trial": outcomes.trial.int(),
            "point": goodness.point.int(),
        } | {name: getattr(goodness, name).float() for name in _DENSITIES}

    def _fitted(self, folder: Shards, name: str, source: Source) -> dict[str, Any]:
        stored = [folder.read(f"{name}-seed{seed}") for seed in self.seeds]
        outcomes = Outcomes.joined(*map(_outcomes, stored))
        error = ProgramError.fit(outcomes, origin=source.origin(self.seeds))
        error.save(folder.path / f"{name}.toml")
        low, high = error.grid.points[[0, -1]]
        random = generator(self.seeds[0], len(self.seeds))
        share = torch.rand(self.drawn, dtype=torch.float64, generator=random)
        asked = low + (high - low) * share
        return {
            "points": error.grid.points,
            "location": error.location,
            "scale": error.scale,
            "freedom": error.freedom,
            "asked": asked,
            "drawn": error.sample(asked, random),
            "rounds": isinstance(outcomes.grid, LevelGrid),
            "within": torch.stack([goodness_of(part).pp()[1] for part in stored]),
        } | _some(outcomes, self.drawn)


def _some(outcomes: Outcomes, most: int) -> dict[str, torch.Tensor]:
    """Outcomes to draw, from everywhere among them."""
    count = len(outcomes.target)
    some = torch.linspace(0, count - 1, min(most, count)).long()
    return {"target": outcomes.target[some], "achieved": outcomes.achieved[some]}


def _outcomes(stored: dict[str, Any]) -> Outcomes:
    grid = _GRIDS[int(stored["grid"])](points=torch.from_numpy(stored["points"]))
    names = ("target", "achieved", "trial")
    return Outcomes(grid, *(torch.from_numpy(stored[name]) for name in names))
