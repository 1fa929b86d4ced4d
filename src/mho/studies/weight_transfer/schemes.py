"""Ways to write weights of few bits into cells: exactly, or with the error of a scheme."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from mho.core.check import check_number
from mho.nn import ErrorWriter, LevelWriter, Writer
from mho.programming import LevelGrid, ProgramError
from mho.studies.program_errors import Programmed, Source
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
class Fitted(WritingScheme):
    """Cells that miss their levels by the error that is fitted to what a scheme achieves.

    An error over all targets has levels among them, evenly spread between its limits. Sweeps have
    levels and an error of their own for each of them.

    Args:
        source: Cells and scheme.
        seed: Of the cells that the error is fitted to.
    """

    source: Source = field(default_factory=Programmed)
    seed: int = 0

    @property
    def random(self) -> bool:
        return True

    def limits(self) -> tuple[float, float]:
        return self.source.limits()

    def writer(self, levels: int, seed: int, folder: Shards, name: str) -> Writer:
        writer = ErrorWriter(error=self.error(levels, folder, name), seed=seed)
        if isinstance(writer.error.grid, LevelGrid):  # the error rounds by itself
            return writer
        low, high = self.limits()
        return LevelWriter(low=low, high=high, levels=levels, writer=writer)

    def error(self, levels: int, folder: Shards, name: str) -> ProgramError:
        """The error of cells of so many levels.

        Args:
            levels: Levels of a cell.
            folder: Has the error as a file, or it is fitted and left there.
            name: Of the scheme, for the file.
        """
        source = self.source.of_levels(levels)
        number = "" if source is self.source else f"-{levels}"
        path = folder.path / f"{name}-error{number}.toml"
        if not path.is_file():
            origin = source.origin((self.seed,))
            ProgramError.fit(source.outcomes(self.seed), origin=origin).save(path)
        return ProgramError.load(path)
