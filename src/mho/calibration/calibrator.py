"""What the measured currents should have been: the question that every calibrator answers."""

from abc import ABC, abstractmethod
from typing import Self

from torch import Tensor

from mho.core.check import check_finite, check_same_shape


class Calibrator(ABC):
    """Corrects the column currents of an array, given what it was programmed to."""

    @abstractmethod
    def fit(self, current: Tensor, ideal: Tensor, conductance: Tensor) -> Self:
        """The calibrator fitted to vectors whose ideal currents are known.

        Args:
            current: (..., vectors, cols), A. Measured currents.
            ideal: (..., vectors, cols), A. What they should have been.
            conductance: (..., rows, cols), S. Conductances that were programmed.
        """

    @abstractmethod
    def __call__(self, current: Tensor, conductance: Tensor) -> Tensor:
        """Corrected currents: (..., vectors, cols), A.

        Args:
            current: (..., vectors, cols), A. Measured currents.
            conductance: (..., rows, cols), S. Conductances that were programmed.
        """


def check_currents(current: Tensor, ideal: Tensor) -> None:
    """Refuse currents that nothing can be fitted to.

    Args:
        current: (..., vectors, cols), A. Measured currents.
        ideal: (..., vectors, cols), A. What they should have been.
    """
    check_same_shape("ideal", ideal, current.shape, of="`current`")
    check_finite("current", current)
    check_finite("ideal", ideal)
