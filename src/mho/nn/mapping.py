"""How signed weights become conductances, and currents become sums of weights."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mho.core.check import check_finite, check_number, check_shape

from .weight_range import LayerRange, WeightRange


@dataclass(frozen=True, kw_only=True)
class Mapping(ABC):
    """Turns the weights of a tile into conductances, and its currents into sums of weights.

    Weights are shares of the largest one, -1 to 1. Columns belong to outputs in their order, so
    that the first outputs take the first columns.

    Args:
        g_min: S. Lowest conductance of a cell.
        g_max: S. Highest conductance of a cell.
        weights: Which weight counts as the largest.
    """

    g_min: float
    g_max: float
    weights: WeightRange = field(default_factory=LayerRange)

    def __post_init__(self) -> None:
        check_number("g_min", self.g_min, low=0.0, above=True)
        check_number("g_max", self.g_max, low=self.g_min, above=True)

    @property
    @abstractmethod
    def span(self) -> float:
        """What a largest weight adds to `sums` for a volt on its row, S."""

    @abstractmethod
    def columns(self, outputs: int) -> int:
        """Columns that so many outputs of a tile take.

        Args:
            outputs: Outputs of the tile.
        """

    @abstractmethod
    def outputs(self, columns: int) -> int:
        """Outputs that so many columns of a tile have room for.

        Args:
            columns: Columns of the tile.
        """

    @abstractmethod
    def conductance(self, weight: Tensor) -> Tensor:
        """Target conductances of a tile: (..., rows, columns), S.

        Args:
            weight: (..., rows, outputs), 1. Weights, -1 to 1.
        """

    @property
    def subtracts_first(self) -> bool:
        """Whether columns are subtracted before amplifiers and converters."""
        return False

    def converters(self, columns: int) -> int:
        """Currents that so many columns of a tile give amplifiers and converters.

        Args:
            columns: Columns of the tile.
        """
        return columns

    def seen(self, current: Tensor) -> Tensor:
        """Currents that amplifiers and converters are given: (..., vectors, converters), A.

        Args:
            current: (..., vectors, columns), A. Currents of the columns.
        """
        return current

    @abstractmethod
    def sums(self, seen: Tensor, voltage: Tensor) -> Tensor:
        """Weighted sums of the voltages, times `span`: (..., vectors, outputs), A.

        Args:
            seen: (..., vectors, converters), A. What is known of the currents.
            voltage: (..., vectors, 1), V. Sum of the voltages on all rows.
        """

    @abstractmethod
    def drive(self, voltage: Tensor) -> Tensor:
        """Voltages of the columns of a tile that is read backwards: (..., vectors, columns), V.

        Args:
            voltage: (..., vectors, outputs), V. What each output is driven by.
        """

    def sums_back(self, current: Tensor, voltage: Tensor) -> Tensor:
        """Weighted sums of what drives the outputs, times `span`: (..., vectors, rows), A.

        Args:
            current: (..., vectors, rows), A. Currents of the rows.
            voltage: (..., vectors, 1), V. Sum of the voltages on all columns.
        """
        return current

    def held(self, conductance: Tensor) -> Tensor:
        """Weights that cells hold: (..., rows, outputs), 1.

        Args:
            conductance: (..., rows, columns), S. Conductance of the cells.
        """
        return self.sums(self.seen(conductance), conductance.new_ones(())) / self.span


@dataclass(frozen=True, kw_only=True)
class _Subtracting(Mapping, ABC):
    """Columns that are subtracted from others, digitally or before they are converted."""

    analog: bool = False

    @property
    def subtracts_first(self) -> bool:
        return self.analog

    def converters(self, columns: int) -> int:
        return self.outputs(columns) if self.analog else columns

    def seen(self, current: Tensor) -> Tensor:
        return self._difference(current) if self.analog else current

    def sums(self, seen: Tensor, voltage: Tensor) -> Tensor:
        return seen if self.analog else self._difference(seen)

    @abstractmethod
    def _difference(self, current: Tensor) -> Tensor:
        """Differences of the columns: (..., outputs)."""


@dataclass(frozen=True, kw_only=True)
class DifferentialPair(_Subtracting):
    """Two neighbouring columns for each output: one adds, the other subtracts.

    A weight of zero has both cells at `g_min`; the larger the weight, the further one of the two
    is raised, up to `g_max` for the largest weight.

    Args:
        analog: Whether currents are subtracted before amplifiers and converters. These are then one
            for each output, and their range is not taken by what the two columns have in common.
    """

    @property
    def span(self) -> float:
        return self.g_max - self.g_min

    def columns(self, outputs: int) -> int:
        return 2 * outputs

    def outputs(self, columns: int) -> int:
        return columns // 2

    def conductance(self, weight: Tensor) -> Tensor:
        raised = self.span * _checked(weight)
        pair = raised.new_empty(*raised.shape, 2)
        torch.clamp(raised, min=0.0, out=pair[..., 0])
        torch.clamp(raised.neg_(), min=0.0, out=pair[..., 1])
        return pair.flatten(-2).add_(self.g_min)

    def _difference(self, current: Tensor) -> Tensor:
        return current[..., 0::2] - current[..., 1::2]

    def drive(self, voltage: Tensor) -> Tensor:
        return torch.stack([voltage, -voltage], -1).flatten(-2)


@dataclass(frozen=True, kw_only=True)
class _OneColumn(Mapping, ABC):
    """Weights of zero in the middle of the range, the largest ones of either sign at its ends."""

    @property
    def span(self) -> float:
        return 0.5 * (self.g_max - self.g_min)

    @property
    def _middle(self) -> float:
        return 0.5 * (self.g_min + self.g_max)


@dataclass(frozen=True, kw_only=True)
class ReferenceColumn(_Subtracting, _OneColumn):
    """One column for each output, and in each tile one more whose current all others subtract.

    The cells of the reference column are in the middle of the range, as are those of weights of
    zero. It stands first, where the way along the row wires is short.

    Args:
        analog: Whether currents are subtracted before amplifiers and converters.
    """

    def columns(self, outputs: int) -> int:
        return 1 + outputs

    def outputs(self, columns: int) -> int:
        return columns - 1

    def conductance(self, weight: Tensor) -> Tensor:
        weight = _checked(weight)
        whole = weight.new_full((*weight.shape[:-1], weight.shape[-1] + 1), self._middle)
        whole[..., 1:].add_(weight, alpha=self.span)
        return whole

    def _difference(self, current: Tensor) -> Tensor:
        return current[..., 1:] - current[..., :1]

    def drive(self, voltage: Tensor) -> Tensor:
        return torch.cat([-voltage.sum(-1, keepdim=True), voltage], -1)


@dataclass(frozen=True, kw_only=True)
class Offset(_OneColumn):
    """One column for each output; what a weight of zero adds is subtracted digitally.

    What is subtracted is the sum of all inputs times the conductance in the middle of the range.
    It is known exactly, so that wires and errors of the cells do not cancel in it as they do in a
    `ReferenceColumn`.
    """

    def columns(self, outputs: int) -> int:
        return outputs

    def outputs(self, columns: int) -> int:
        return columns

    def conductance(self, weight: Tensor) -> Tensor:
        return (self.span * _checked(weight)).add_(self._middle)

    def sums(self, seen: Tensor, voltage: Tensor) -> Tensor:
        return seen - self._middle * voltage

    def drive(self, voltage: Tensor) -> Tensor:
        return voltage

    def sums_back(self, current: Tensor, voltage: Tensor) -> Tensor:
        return current - self._middle * voltage


def _checked(weight: Tensor) -> Tensor:
    check_shape("weight", weight, "(..., rows, outputs)")
    check_finite("weight", weight)
    return weight.double()
