"""The affine inverse for the multiplications that one can afford."""

from dataclasses import dataclass, field

from torch import Tensor

from mho.calibration.cut import cut
from mho.calibration.repair import Repair
from mho.core.check import check_number

from .affine import AffineInverse, LinearEstimate
from .inverse import Inverse, Known


@dataclass(frozen=True, kw_only=True)
class CutInverse(Inverse):
    """A diagonal, or a diagonal and a matrix of low rank, in place of the matrix of the inverse.

    It is the one that differs least from it in the currents that the known array gives, noise
    included.

    Args:
        multiplications: Digital multiplications that a vector may cost, one per column at least.
        whole: What is cut.
    """

    multiplications: int
    whole: LinearEstimate = field(default_factory=AffineInverse)

    def __post_init__(self) -> None:
        check_number("multiplications", self.multiplications, low=1)

    def _repair(
        self, known: Known, ideal: Tensor, actual: Tensor, doubt: Tensor, batch: list[int]
    ) -> Repair:
        estimate = self.whole.estimate(known, ideal, actual, doubt, batch)
        return cut(*estimate, self.multiplications)
