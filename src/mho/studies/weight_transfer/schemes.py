"""Ways to write weights of few bits into cells: exactly, or with the error of a scheme."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import torch

from mho.core.check import check_number
from mho.nn import ErrorWriter, LevelWriter, Writer
from mho.programming import KnotGrid, LevelGrid, Origin, Outcomes, ProgramError
from mho.programming.segmentation import segment
from mho.studies.feedforward_levels import FeedforwardLevels
from mho.studies.program_errors import Programmed
from mho.studies.study import Shards

_GRIDS = (LevelGrid, KnotGrid)
_VALUES = ("location", "scale", "freedom")


class WritingScheme(ABC):
    """Writes targets as one of so many levels. Subclasses are frozen dataclasses."""

    @abstractmethod
    def limits(self) -> tuple[float, float]:
        """Lowest and highest conductance that it writes, S."""

    @abstractmethod
    def writer(self, levels: int, seed: int, folder: Shards, name: str) -> Writer:
        """Writer of one draw.

        Args:
            levels: Levels of a cell.
            seed: Selects the errors.
            folder: Keeps the fitted errors.
            name: Of the scheme, for their shards.
        """

    @property
    @abstractmethod
    def random(self) -> bool:
        """Whether one draw differs from the next."""


@dataclass(frozen=True, kw_only=True)
class Exact(WritingScheme):
    """Cells that take one of few levels exactly: what quantisation alone costs.

    Args:
        low: S. Lowest level.
        high: S. Highest level.
    """

    low: float = 1e-6
    high: float = 100e-6

    def __post_init__(self) -> None:
        check_number("high", self.high, low=self.low, above=True)

    @property
    def random(self) -> bool:
        return False

    def limits(self) -> tuple[float, float]:
        return self.low, self.high

    def writer(self, levels: int, seed: int, folder: Shards, name: str) -> Writer:
        return LevelWriter(low=self.low, high=self.high, levels=levels)


@dataclass(frozen=True, kw_only=True)
class AnyTarget(WritingScheme):
    """Cells of any scheme whose error is fitted over all targets; levels are targets among them.

    Args:
        source: Cells and scheme.
        seed: Of the cells that the error is fitted to.
    """

    source: Programmed = field(default_factory=Programmed)
    seed: int = 0

    @property
    def random(self) -> bool:
        return True

    def limits(self) -> tuple[float, float]:
        return self.source.low, self.source.high

    def writer(self, levels: int, seed: int, folder: Shards, name: str) -> Writer:
        shard = f"{name}-error"
        if not folder.has(shard):
            fitted = ProgramError.fit(
                self.source.outcomes(self.seed), origin=self.source.origin((self.seed,))
            )
            folder.write(shard, **_arrays(fitted))
        writer = ErrorWriter(error=_error(folder, shard), seed=seed)
        low, high = self.limits()
        return LevelWriter(low=low, high=high, levels=levels, writer=writer)


@dataclass(frozen=True, kw_only=True)
class Feedforward(WritingScheme):
    """Cells driven by feedforward pulses, with an error of its own for each level.

    The sweeps are split into as many levels as are asked for, and what each sweep made of a level
    is what the error is fitted to, as in eq. (4) of Nanoscale Horiz. 10 (2025) 780.

    Args:
        sweeps: Device, scheme and number of sweeps; its first seed counts.
        upwards: Whether SET pulses write, which the publication calls the worst case.
    """

    sweeps: FeedforwardLevels = field(default_factory=FeedforwardLevels)
    upwards: bool = True

    @property
    def random(self) -> bool:
        return True

    def limits(self) -> tuple[float, float]:
        return self.sweeps.limits()

    def writer(self, levels: int, seed: int, folder: Shards, name: str) -> Writer:
        shard = f"{name}-error-{levels}"
        if not folder.has(shard):
            folder.write(shard, **_arrays(self._fitted(levels, folder)))
        return ErrorWriter(error=_error(folder, shard), seed=seed)

    def _fitted(self, levels: int, folder: Shards) -> ProgramError:
        swept = self.sweeps.swept(folder)
        value = torch.as_tensor(swept["set_value" if self.upwards else "reset_value"])
        split = segment(value, levels)
        low, high = (torch.as_tensor(swept["ends"]).amin(), torch.as_tensor(swept["ends"]).amax())
        scale = self.sweeps.scale()
        wanted, reached = (
            scale.conductance_of(low + (high - low) * share)
            for share in (split.target, split.achieved)
        )
        way = "SET" if self.upwards else "RESET"
        origin = Origin(
            scheme=f"feedforward {way} pulses, {levels} levels",
            device=f"{self.sweeps.device}",
            outcomes=f"{len(value)} sweeps, seed {self.sweeps.seeds[0]}",
        )
        return ProgramError.fit(Outcomes.of_sweeps(wanted, reached), origin=origin)


def _arrays(error: ProgramError) -> dict[str, object]:
    values = {name: getattr(error, name) for name in _VALUES}
    ends = {"least": error.least, "greatest": error.greatest}
    words = vars(error.origin)
    kind = _GRIDS.index(type(error.grid))
    return {"grid": kind, "points": error.grid.points} | values | ends | words


def _error(folder: Shards, shard: str) -> ProgramError:
    stored = folder.read(shard)
    words = {name: str(stored[name]) for name in ("scheme", "device", "outcomes")}
    return ProgramError(
        grid=_GRIDS[int(stored["grid"])](points=torch.as_tensor(stored["points"])),
        least=float(stored["least"]),
        greatest=float(stored["greatest"]),
        origin=Origin(**words),
        **{name: torch.as_tensor(stored[name]) for name in _VALUES},
    )
