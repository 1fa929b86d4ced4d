"""Which weights the whole range of the cells stands for."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core.check import check_number


class WeightRange(ABC):
    """Says which weight takes the whole range of a cell; larger ones are clipped to it."""

    @abstractmethod
    def largest(self, weight: Tensor) -> Tensor:
        """Largest weight that is told from larger ones, of a shape that broadcasts to `weight`.

        Args:
            weight: (row tiles, column tiles, rows, outputs), 1. Weights of a layer, NaN where a
                tile has no cell.
        """


@dataclass(frozen=True, kw_only=True)
class FixedRange(WeightRange):
    """The same range for every layer, whatever its weights.

    Args:
        bound: Largest weight; Nanoscale Horiz. 10 (2025) 780 takes 4.
    """

    bound: float = 4.0

    def __post_init__(self) -> None:
        check_number("bound", self.bound, low=0.0, above=True)

    def largest(self, weight: Tensor) -> Tensor:
        return weight.new_full((1, 1, 1, 1), self.bound)


@dataclass(frozen=True, kw_only=True)
class LayerRange(WeightRange):
    """One range for a layer, up to its largest weight.

    Args:
        deviations: Root mean squares of the weights beyond which they are clipped; none is, if left
            out.
    """

    deviations: float | None = None

    def __post_init__(self) -> None:
        _check_deviations(self.deviations)

    def largest(self, weight: Tensor) -> Tensor:
        return _largest(weight, (0, 1, 2, 3), self.deviations)


@dataclass(frozen=True, kw_only=True)
class TileRange(WeightRange):
    """A range for each tile, up to its largest weight.

    Args:
        deviations: As in `LayerRange`, of the weights of the tile.
    """

    deviations: float | None = None

    def __post_init__(self) -> None:
        _check_deviations(self.deviations)

    def largest(self, weight: Tensor) -> Tensor:
        return _largest(weight, (2, 3), self.deviations)


@dataclass(frozen=True, kw_only=True)
class ColumnRange(WeightRange):
    """A range for each output of a layer, up to its largest weight.

    Args:
        deviations: As in `LayerRange`, of the weights of the output.
    """

    deviations: float | None = None

    def __post_init__(self) -> None:
        _check_deviations(self.deviations)

    def largest(self, weight: Tensor) -> Tensor:
        return _largest(weight, (0, 2), self.deviations)


def _check_deviations(deviations: float | None) -> None:
    if deviations is not None:
        check_number("deviations", deviations, low=0.0, above=True)


def _largest(weight: Tensor, axes: tuple[int, ...], deviations: float | None) -> Tensor:
    size = weight.abs().nan_to_num(0.0)
    largest = size.amax(axes, keepdim=True)
    if deviations is not None:
        cells = (~weight.isnan()).sum(axes, keepdim=True).clamp(min=1)
        deviation = (size.square().sum(axes, keepdim=True) / cells).sqrt()
        largest = torch.minimum(largest, deviations * deviation)
    # Weights that are all zero have no size, and any scale gives them back.
    return torch.where(largest > 0, largest, 1.0)
