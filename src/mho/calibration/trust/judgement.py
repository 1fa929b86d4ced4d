"""What is thought of corrected currents."""

from dataclasses import dataclass

from torch import Tensor

from mho.core.check import check_number

from .spread import Spread


@dataclass(frozen=True)
class Judgement:
    """Corrected currents, how far off they may be, and whether all is as it was when learned.

    Distances are 1 at the limit that a given share of familiar readings exceeds.

    Args:
        current: (..., vectors, cols), A. Corrected currents.
        sigma: (..., vectors, cols), A. Standard deviations of their errors.
        vectors: (..., vectors), 1. How unlike the familiar ones each vector is.
        array: (...), 1. How unlike they are on average over the vectors of an array.
        matrix: (...), 1. How unlike the familiar ones the programmed matrix is.
        spread: Tells the intervals.
    """

    current: Tensor
    sigma: Tensor
    vectors: Tensor
    array: Tensor
    matrix: Tensor
    spread: Spread

    @property
    def trusted(self) -> Tensor:
        """Vectors of which nothing is beyond its limit: (..., vectors), bool."""
        return (self.vectors <= 1) & (self.array <= 1)[..., None] & (self.matrix <= 1)[..., None]

    def interval(self, share: float) -> tuple[Tensor, Tensor]:
        """Bounds of the ideal currents, each (..., vectors, cols), A.

        Args:
            share: Of the ideal currents that lie within, for familiar readings.
        """
        check_number("share", share, low=0.0, high=1.0)
        low, high = self.spread.interval(share)
        return self.current + low * self.sigma, self.current + high * self.sigma
