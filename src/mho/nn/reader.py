"""How the currents of a layer's tiles are found."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from torch import Tensor

from mho.crossbar import Crossbar
from mho.crossbar.product import product


class Reader(ABC):
    """Finds what tiles answer to voltages, given both the cells and the folded matrices."""

    @abstractmethod
    def current(
        self, crossbar: Crossbar, conductance: Tensor, effective: Tensor, voltage: Tensor
    ) -> Tensor:
        """Currents out of the columns: (..., vectors, cols), A.

        Args:
            crossbar: Wires and cells of the tiles.
            conductance: (..., rows, cols), S. Conductance of the cells.
            effective: (..., rows, cols), S. What `crossbar.effective_conductance` makes of it.
            voltage: (..., vectors, rows), V. Voltages driving the rows.
        """


@dataclass(frozen=True, kw_only=True)
class Folded(Reader):
    """One matrix product, with the wires folded into the matrices.

    It is exact for ohmic cells. Others are taken by their slope at 0 V, which leaves out how they
    bend.
    """

    def current(
        self, crossbar: Crossbar, conductance: Tensor, effective: Tensor, voltage: Tensor
    ) -> Tensor:
        return product(voltage, effective)


@dataclass(frozen=True, kw_only=True)
class Nodal(Reader):
    """The equations of the whole circuit, solved for every vector: exact for all cells, slower."""

    def current(
        self, crossbar: Crossbar, conductance: Tensor, effective: Tensor, voltage: Tensor
    ) -> Tensor:
        return crossbar.read(conductance, voltage).current.to(voltage.dtype)
