"""What was wanted and what came of it: what an error is fitted to."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core.check import argument_error, check_same_shape, check_shape
from mho.programming.program import ProgramResult

from .grid import Grid, LevelGrid


@dataclass(frozen=True)
class Outcomes:
    """Targets and what they became, many times over.

    Args:
        grid: Where the error is to be described.
        target: (outcomes,), S. Conductances wanted.
        achieved: (outcomes,), S. What the cells held in the end.
        trial: (outcomes,). Number of the sweep or cell; those of one trial share their luck, so
            that they are held out together.
    """

    grid: Grid
    target: Tensor
    achieved: Tensor
    trial: Tensor

    @classmethod
    def of_sweeps(cls, levels: Tensor, achieved: Tensor, *, least: int = 10) -> "Outcomes":
        """Outcomes of sweeps that pass the same levels again and again.

        Levels that hardly a sweep occupies cannot be relied upon: they are left out, and so a
        target is rounded to another one.

        Args:
            levels: (levels,), S. Levels wanted, rising or falling.
            achieved: (sweeps, levels), S. What each sweep made of them, NaN where it has none.
            least: Sweeps that have to occupy a level.
        """
        check_shape("levels", levels, "(levels)")
        check_shape("achieved", achieved, "(sweeps, levels)", levels=len(levels))
        levels, order = levels.double().sort()
        achieved = achieved.double()[:, order]
        occupied = achieved.isfinite()
        used = occupied.sum(0) >= least
        if not used.any():
            but = f"the fullest has {int(occupied.sum(0).max())}"
            raise argument_error("achieved", f"occupy a level in {least} sweeps", but)
        trial, level = (occupied & used).nonzero(as_tuple=True)
        grid = LevelGrid(points=levels[used])
        return cls(grid, levels[level], achieved[trial, level], trial)

    @classmethod
    def of_results(cls, *results: ProgramResult, grid: Grid) -> "Outcomes":
        """Outcomes of programming jobs by any scheme: the last read of every cell.

        Cells without a finite read are left out.

        Args:
            *results: What programming did.
            grid: Where the error is to be described, such as `KnotGrid.over(low, high)`.
        """
        if not results:
            raise argument_error("results", "hold at least one", "are none")
        target = torch.cat([result.target.double().flatten() for result in results])
        achieved = torch.cat([result.conductance[-1].double().flatten() for result in results])
        read = achieved.isfinite()
        if not read.any():
            raise argument_error("results", "hold a finite read", "hold none")
        trial = torch.arange(len(target))
        return cls(grid, target[read], achieved[read], trial[read])

    @classmethod
    def joined(cls, *parts: "Outcomes") -> "Outcomes":
        """All outcomes of several measurements, on the points of all of their grids.

        Args:
            *parts: Outcomes on grids of one kind; each has trials of its own.
        """
        kinds = {type(part.grid) for part in parts}
        if len(kinds) != 1:
            names = ", ".join(sorted(kind.__name__ for kind in kinds)) or "none"
            raise argument_error("parts", "have grids of one kind", f"have {names}")
        points = torch.cat([part.grid.points for part in parts]).unique()
        trials = [part.trial.unique(return_inverse=True)[1] for part in parts]
        before = torch.tensor([0] + [int(trial.max()) + 1 for trial in trials]).cumsum(0)
        return cls(
            kinds.pop()(points=points),
            torch.cat([part.target for part in parts]),
            torch.cat([part.achieved for part in parts]),
            torch.cat([trial + first for trial, first in zip(trials, before, strict=False)]),
        )

    def __post_init__(self) -> None:
        for name in ("achieved", "trial"):
            check_same_shape(name, getattr(self, name), self.target.shape, of="`target`")

    def where(self, mask: Tensor) -> "Outcomes":
        """Some of the outcomes, on the same grid.

        Args:
            mask: (outcomes,), bool. Which.
        """
        return Outcomes(self.grid, self.target[mask], self.achieved[mask], self.trial[mask])
