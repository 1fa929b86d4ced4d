"""A gain for each column by a formula with three resistances."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.core.check import check_conductance

from .calibrator import Calibrator, ideal_currents
from .least_squares import solve
from .loads import column_load, row_load
from .repair import Diagonal, Repair

STEPS = 30
"""Steps of Gauss and Newton at most; a few suffice for a formula that is nearly linear."""
PRECISION = 1e-12
"""Relative fall of the squared error below which no further step is taken."""


@dataclass(frozen=True, kw_only=True)
class AnalyticGain(Calibrator):
    r"""Divides each column's current by what its cells would keep if all rows had one voltage.

    .. math::
        \hat I_j = I_j \frac{\sum_i G_{ij}}{\sum_i G'_{ij} / (1 + R_r L_{ij} + R_c M_{ij})},
        \qquad G' = \frac{G}{1 + R_t G}

    with L the conductances G' on the cell's row, each times the number of segments that it shares
    with the cell, and M those on its column. Rows are driven on the left, columns sensed below.
    The three resistances are fitted to known vectors of one or many arrays by Gauss-Newton. They
    take up whatever acts like them: memristors that bend upwards lower them, even below zero.

    Args:
        transistor_resistance: Ohm. R_t in series with each memristor, once fitted.
        row_resistance: Ohm. R_r of a row wire from one cell to the next, once fitted.
        column_resistance: Ohm. R_c of a column wire from one cell to the next, once fitted.
    """

    transistor_resistance: float | None = None
    row_resistance: float | None = None
    column_resistance: float | None = None

    @property
    def fitted(self) -> bool:
        return self.transistor_resistance is not None

    def fit(self, current: Tensor, voltage: Tensor, conductance: Tensor) -> "AnalyticGain":
        ideal = ideal_currents(current, voltage, conductance).double()
        current = current.double()
        power, product = current.square().sum(-2), (current * ideal).sum(-2)
        # Conductances of unit mean make resistances of the size of what they take.
        unit = conductance.mean().item() or 1.0
        cells = conductance.double().expand(*power.shape[:-1], *conductance.shape[-2:]) / unit
        fitted = _fit(power, product, cells) / unit
        return replace(self, **dict(zip(_NAMES, fitted.tolist(), strict=True)))

    def _fold(self, conductance: Tensor) -> Repair:
        check_conductance(conductance)
        resistance = [getattr(self, name) for name in _NAMES]
        g = conductance.double()
        gain = _gain(torch.tensor(resistance, dtype=g.dtype), g)[..., None, :]
        return Diagonal(gain, torch.zeros_like(gain))


_NAMES = ("transistor_resistance", "row_resistance", "column_resistance")


def _gain(resistance: Tensor, g: Tensor) -> Tensor:
    """Gain of each column: (..., cols), 1."""
    total, kept = g.sum(-2), _kept(resistance, g)[1].sum(-2)
    empty = total == 0  # a column without cells has nothing to correct
    return torch.where(empty, 1.0, total / torch.where(empty, 1.0, kept))


def _kept(resistance: Tensor, g: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Of each cell the conductance behind its transistor, what it keeps, and of what share."""
    transistor, row, column = resistance
    cells = g / (1 + transistor * g)
    share = 1 / (1 + row * row_load(cells) + column * column_load(cells))
    return cells, cells * share, share


def _slope(resistance: Tensor, g: Tensor) -> Tensor:
    """How the gains rise with the three resistances: (3, ..., cols), 1."""
    _, row, column = resistance
    cells, kept, share = _kept(resistance, g)
    lost = kept * share
    fall = cells.square()  # of the cells, as the transistors' resistance rises
    kept_falls = fall * share - lost * (row * row_load(fall) + column * column_load(fall))
    falls = torch.stack([kept_falls, lost * row_load(cells), lost * column_load(cells)])
    total = kept.sum(-2)
    gain = _gain(resistance, g)
    return gain * falls.sum(-2) / torch.where(total == 0, 1.0, total)


def _fit(power: Tensor, product: Tensor, g: Tensor) -> Tensor:
    """Resistances, in units of one over that of g, of least squared error."""

    def error(resistance: Tensor) -> Tensor:
        gain = _gain(resistance, g)
        return (gain * (gain * power - 2 * product)).sum()

    found = g.new_zeros(3)
    lowest = error(found)
    for _ in range(STEPS):
        gain = _gain(found, g)
        slope = _slope(found, g).flatten(1)
        gram = slope @ (power.flatten()[:, None] * slope.mT)
        step = solve(gram, slope @ (product - gain * power).flatten()[:, None])
        tried = found + step[:, 0]
        if not error(tried) < lowest - PRECISION * product.sum():
            break
        found, lowest = tried, error(tried)
    return found
