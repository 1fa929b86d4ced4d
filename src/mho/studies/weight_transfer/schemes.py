"""Ways to write weights of few bits into cells: exactly, or with the error of a scheme."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import torch

from mho.core.check import check_number
from mho.nn import ErrorWriter, LevelWriter, Writer
from mho.programming import Origin, Outcomes, ProgramError
from mho.programming.segmentation import segment
from mho.studies.feedforward_levels import FeedforwardLevels
from mho.studies.program_errors import Programmed
from mho.studies.study import Shards


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
            folder: Keeps the fitted errors, as files.
            name: Of the scheme, for these files.
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
        error = kept_error(folder, f"{name}-error", self._fitted)
        writer = ErrorWriter(error=error, seed=seed)
        low, high = self.limits()
        return LevelWriter(low=low, high=high, levels=levels, writer=writer)

    def _fitted(self) -> ProgramError:
        outcomes, origin = self.source.outcomes(self.seed), self.source.origin((self.seed,))
        return ProgramError.fit(outcomes, origin=origin)


@dataclass(frozen=True, kw_only=True)
class Feedforward(WritingScheme):
    """Cells driven by feedforward pulses, with an error of its own for each level.

    The sweeps are split into as many levels as are asked for, and what each sweep made of a level
    is what the error is fitted to, as in eq. (4) of Nanoscale Horiz. 10 (2025) 780. The ends of
    each sweep count as the end levels: an error is one along a sweep, and leaves out by how much
    sweeps begin and end elsewhere. `Swept` of the program errors counts that too.

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
        fit = partial(self._fitted, levels, folder)
        return ErrorWriter(error=kept_error(folder, f"{name}-error-{levels}", fit), seed=seed)

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


def kept_error(folder: Shards, name: str, fit: Callable[[], ProgramError]) -> ProgramError:
    """An error that the folder has as a file, or that is fitted and left there.

    Args:
        folder: Of the run.
        name: Of the file, without its ending.
        fit: Makes the error.
    """
    path = folder.path / f"{name}.toml"
    if not path.is_file():
        fit().save(path)
    return ProgramError.load(path)
