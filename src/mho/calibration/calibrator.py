"""What the measured currents should have been: the question that every calibrator answers."""

from abc import ABC, abstractmethod
from typing import Self

from torch import Tensor

from mho.core.check import check_finite, check_same_shape, check_shape

from .repair import Repair, Unchanged


class Calibrator(ABC):
    """Corrects the column currents of arrays, given what they were programmed to.

    A calibrator that was not fitted leaves the currents unchanged.
    """

    @property
    @abstractmethod
    def fitted(self) -> bool:
        """Whether there is nothing left to fit."""

    @property
    def reads_cells(self) -> bool:
        """Whether it learns from the conductances of the cells themselves.

        If not, it does with any matrix that voltages are multiplied by, such as the difference of
        columns whose currents are subtracted before they are measured.
        """
        return True

    @abstractmethod
    def fit(self, current: Tensor, voltage: Tensor, conductance: Tensor) -> Self:
        """The calibrator fitted to vectors that were read.

        Args:
            current: (..., vectors, cols), A. Measured currents.
            voltage: (..., vectors, rows), V. Voltages that drove the rows.
            conductance: (..., rows, cols), S. Conductances that were programmed.
        """

    def fold(self, conductance: Tensor) -> Repair:
        """What is left to do for every vector, once it is known what was programmed.

        Args:
            conductance: (..., rows, cols), S. Conductances that were programmed.
        """
        return self._fold(conductance) if self.fitted else Unchanged()

    def __call__(self, current: Tensor, conductance: Tensor) -> Tensor:
        """Corrected currents: (..., vectors, cols), A.

        Args:
            current: (..., vectors, cols), A. Measured currents.
            conductance: (..., rows, cols), S. Conductances that were programmed.
        """
        return self.fold(conductance)(current)

    @abstractmethod
    def _fold(self, conductance: Tensor) -> Repair:
        """What `fold` answers once the calibrator is fitted."""


def ideal_currents(current: Tensor, voltage: Tensor, conductance: Tensor) -> Tensor:
    """What the currents should have been: (..., vectors, cols), A. Refuses what nothing fits.

    Args:
        current: (..., vectors, cols), A. Measured currents.
        voltage: (..., vectors, rows), V. Voltages that drove the rows.
        conductance: (..., rows, cols), S. Conductances that were programmed.
    """
    check_shape("conductance", conductance, "(..., rows, cols)")
    check_shape("voltage", voltage, "(..., vectors, rows)", rows=conductance.shape[-2])
    for name, tensor in (("current", current), ("voltage", voltage), ("conductance", conductance)):
        check_finite(name, tensor)
    ideal: Tensor = voltage @ conductance
    check_same_shape("current", current, ideal.shape, of="`voltage @ conductance`")
    return ideal
