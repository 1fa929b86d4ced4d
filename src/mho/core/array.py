"""What an array must say about itself so that its readings can be explained."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Protocol, Self

from torch import Tensor


class Reading(Protocol):
    """Answer of an array to voltages on its rows."""

    @property
    def current(self) -> Tensor:
        """Into each column's sense amplifier: (..., vectors, cols), A."""
        ...


class Array(ABC):
    """Cells between wires, with the resistances and laws that they have: its parameters.

    Parameters are numbers with names, such as `row_resistance` or `cell.access.width`.
    """

    @abstractmethod
    def read(self, conductance: Tensor, voltage: Tensor) -> Reading:
        """Currents for given voltages on the rows.

        Args:
            conductance: (..., rows, cols), S. Conductance of the memristors.
            voltage: (..., vectors, rows), V. Voltages driving the rows.
        """

    @abstractmethod
    def sensitivity(
        self, conductance: Tensor, voltage: Tensor, parameters: Sequence[str]
    ) -> tuple[Tensor, Tensor]:
        """Currents, and how they follow parameters.

        Args:
            conductance: (..., rows, cols), S. Conductance of the memristors.
            voltage: (..., vectors, rows), V. Voltages driving the rows.
            parameters: Names.

        Returns:
            Currents, (..., vectors, cols), A, and their slopes, (parameters, ..., vectors, cols),
            A for each unit of the parameter.
        """

    @abstractmethod
    def effective_conductance(self, conductance: Tensor) -> Tensor:
        """The matrix that the array multiplies small voltages by: (..., rows, cols), S.

        Args:
            conductance: (..., rows, cols), S. Conductance of the memristors.
        """

    @property
    @abstractmethod
    def parameters(self) -> dict[str, float]:
        """Every parameter by name."""

    @abstractmethod
    def with_parameters(self, values: Mapping[str, float]) -> Self:
        """The same array with other parameters.

        Args:
            values: Parameters by name.
        """
