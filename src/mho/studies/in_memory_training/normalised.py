"""A program error of cells of one range, for cells of another."""

from dataclasses import replace

from torch import Tensor

from mho.programming import LevelGrid, ProgramError


def normalised(error: ProgramError, low: float, high: float) -> ProgramError:
    """The same levels and errors as shares of the range, which is even in the resistance.

    Nanoscale Horiz. 10 (2025) 780 gives weights errors of resistances that are normalised so: how
    far apart the ends of the range are does not count.

    Args:
        error: Error of levels from one end of a range to the other.
        low: S. Lower end of the other range, for the largest resistance.
        high: S. Its upper end.
    """
    points, width = error.grid.points, high - low
    highest, lowest = 1.0 / points[0], 1.0 / points[-1]
    slope = width / (points.square() * (highest - lowest))

    def moved(conductance: Tensor) -> Tensor:
        return low + width * (highest - 1.0 / conductance) / (highest - lowest)

    ends = points.new_tensor([error.least, error.greatest])
    least, greatest = moved(ends).clamp(min=0.0).tolist()
    return replace(
        error,
        grid=LevelGrid(points=moved(points)),
        location=error.location * slope,
        scale=error.scale * slope,
        least=least,
        greatest=greatest,
    )
