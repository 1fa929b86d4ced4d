"""A gain for each column out of a few numbers of the matrix: for arrays of any size, unseen."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.core.check import check_conductance, check_number

from .calibrator import Calibrator, ideal_currents
from .least_squares import solve
from .loads import column_load, row_load
from .repair import Diagonal, Repair

UNIT = 1e-4
"""S. Unit in which conductances enter the statistics, near that of cells in use."""


@dataclass(frozen=True, kw_only=True)
class ColumnStatistics(Calibrator):
    r"""Multiplies each column's current by a gain that is linear in twelve numbers of the matrix.

    .. math:: \hat I_j = I_j \left(1 + \sum_k w_k \phi_k(G, j)\right)

    The same weights w, by least squares over many arrays, serve every column of every array. The
    numbers are a constant, the column's place from 0 to 1 and its square; of the column's cells
    the mean conductance, the mean that each cell counts for by its conductance, its square, and
    their mean place from top to bottom; the mean conductance of the array; and what shares wires
    with the column's cells, along rows and columns, with products. They mean the same at any size.

    Args:
        ridge: Cost of large weights, relative to the mean squares of what they multiply.
        weight: (12,), 1. Weights of the numbers, once fitted.
    """

    ridge: float = 1e-9
    weight: Tensor | None = None

    def __post_init__(self) -> None:
        check_number("ridge", self.ridge, low=0.0)

    @property
    def fitted(self) -> bool:
        return self.weight is not None

    def fit(self, current: Tensor, voltage: Tensor, conductance: Tensor) -> "ColumnStatistics":
        ideal = ideal_currents(current, voltage, conductance).double()
        current = current.double()
        power = current.square().sum(-2).flatten()
        missing = (current * (ideal - current)).sum(-2).flatten()
        numbers = statistics(conductance)
        numbers = numbers.expand(*current.shape[:-2], *numbers.shape[-2:]).flatten(0, -2)
        gram = numbers.mT @ (power[:, None] * numbers)
        weight = solve(gram, (numbers.mT @ missing)[:, None], self.ridge)
        return replace(self, weight=weight[:, 0])

    def _fold(self, conductance: Tensor) -> Repair:
        assert self.weight is not None
        gain = 1 + (statistics(conductance) @ self.weight)[..., None, :]
        return Diagonal(gain, torch.zeros_like(gain))


def statistics(conductance: Tensor) -> Tensor:
    """Twelve numbers for each column of an array: (..., cols, 12), 1.

    Args:
        conductance: (..., rows, cols), S. Conductances that were programmed.
    """
    check_conductance(conductance)
    g = conductance.double() / UNIT
    rows, cols = g.shape[-2:]
    total = g.sum(-2)
    share = g / torch.where(total > 0, total, 1.0)[..., None, :]

    def weighted(values: Tensor) -> Tensor:
        return (share * values).sum(-2)

    column = ((torch.arange(cols, dtype=g.dtype) + 0.5) / cols).expand_as(total)
    place = ((torch.arange(rows, dtype=g.dtype) + 0.5) / rows)[:, None]
    mean = g.mean(-2)
    own, along_row, along_column = weighted(g), weighted(row_load(g)), weighted(column_load(g))
    everything = mean.mean(-1, keepdim=True).expand_as(mean)
    numbers = (
        torch.ones_like(mean),
        *(column, column.square()),
        *(mean, own, own.square(), weighted(place), everything),
        *(along_row, along_column, along_row * along_column, (along_row + along_column).square()),
    )
    return torch.stack(numbers, -1)
