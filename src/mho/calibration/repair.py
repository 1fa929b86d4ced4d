"""What a calibrator does to every vector, after all that depends on the array alone is done."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from torch import Tensor


class Repair(ABC):
    """Corrects the column currents of certain arrays."""

    @property
    @abstractmethod
    def multiplications(self) -> int:
        """Digital multiplications for each vector and array.

        The product that is repaired has `rows * cols` of them: a repair that takes more has no
        point but its accuracy.
        """

    @abstractmethod
    def __call__(self, current: Tensor) -> Tensor:
        """Corrected currents: (..., vectors, cols), A.

        Args:
            current: (..., vectors, cols), A. Measured currents.
        """


@dataclass(frozen=True)
class Unchanged(Repair):
    """Leaves the currents as they were measured."""

    @property
    def multiplications(self) -> int:
        return 0

    def __call__(self, current: Tensor) -> Tensor:
        return current


@dataclass(frozen=True)
class Diagonal(Repair):
    """Multiplies the current of each column by a number and adds another.

    Args:
        gain: (..., 1, cols), 1. What each column's current is multiplied by.
        offset: (..., 1, cols), A. What is added to it.
    """

    gain: Tensor
    offset: Tensor

    @property
    def multiplications(self) -> int:
        return self.gain.shape[-1]

    def __call__(self, current: Tensor) -> Tensor:
        return current * self.gain.to(current.dtype) + self.offset.to(current.dtype)


@dataclass(frozen=True)
class LowRank(Repair):
    """Multiplies each current by a number, and adds what a few sums of all currents give.

    Args:
        gain: (..., 1, cols), 1. What each column's current is multiplied by.
        left: (..., cols, sums), 1. Weights of the sums.
        right: (..., sums, cols), 1. What each sum adds to each column.
        offset: (..., 1, cols), A. What is added.
    """

    gain: Tensor
    left: Tensor
    right: Tensor
    offset: Tensor

    @property
    def multiplications(self) -> int:
        cols, sums = self.left.shape[-2:]
        return cols + 2 * cols * sums

    def __call__(self, current: Tensor) -> Tensor:
        dtype = current.dtype
        sums = current @ self.left.to(dtype)
        own = current * self.gain.to(dtype)
        return own + sums @ self.right.to(dtype) + self.offset.to(dtype)


@dataclass(frozen=True)
class Full(Repair):
    """Multiplies the currents by a matrix, so that each column learns from all others.

    Args:
        weight: (..., cols, cols), 1. What the currents of a vector are multiplied by.
        offset: (..., 1, cols), A. What is added.
    """

    weight: Tensor
    offset: Tensor

    @property
    def multiplications(self) -> int:
        return self.weight.shape[-1] * self.weight.shape[-2]

    def __call__(self, current: Tensor) -> Tensor:
        return current @ self.weight.to(current.dtype) + self.offset.to(current.dtype)
