"""Cells that know a few levels only."""

from dataclasses import dataclass, field

from torch import Tensor

from mho.core.check import check_number

from .writer import IdealWriter, Writer, Written


@dataclass(frozen=True, kw_only=True)
class LevelWriter(Writer):
    """Targets that are rounded to the nearest of a few levels before they are written.

    Args:
        low: S. Lowest level.
        high: S. Highest level.
        levels: Levels, evenly spaced from the lowest to the highest.
        writer: Writes the levels; the cells take them exactly if it is left out.
    """

    low: float
    high: float
    levels: int
    writer: Writer = field(default_factory=IdealWriter)

    def __post_init__(self) -> None:
        check_number("low", self.low, low=0.0)
        check_number("high", self.high, low=self.low, above=True)
        check_number("levels", self.levels, low=2)

    def write(
        self, target: Tensor, *, tile: int, before: int = 0, last: Written | None = None
    ) -> Written:
        step = (self.high - self.low) / (self.levels - 1)
        level = ((target - self.low) / step).round_().clamp_(0, self.levels - 1)
        level = level.mul_(step).add_(self.low)
        return self.writer.write(level, tile=tile, before=before, last=last)
