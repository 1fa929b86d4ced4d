"""The inverse of an array whose cells are not ohmic."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mho.calibration.repair import Repair
from mho.core import Array
from mho.core.check import check_number

from .inverse import Inverse, Known, Simulated, Straight
from .prior import Curve, VoltagePrior


@dataclass(frozen=True, kw_only=True)
class CurvedInverse(Inverse):
    r"""Finds the voltages through the curve h of a lone cell, and multiplies them anew.

    .. math:: u = h(V), \qquad \hat u = \bar u + (I - \bar u B - a) \, W, \qquad
        \hat I = h^{-1}(\hat u) \, G

    with the linear-Gaussian gain W of `AffineInverse` for u instead of V. In the array the cells'
    curves differ, since wires and transistors take their share. Each correction takes off what
    they add at the voltages found so far,

    .. math:: \hat u \leftarrow \hat u_0 - \left(F(\hat u, I) - \hat u B - a\right) W, \qquad
        F_j(u, I) = x_j + \sum_r \left(u_r X_{rj} + u_r h'_r Y_{rj} + I_j h'_r Z_{rj}\right)

    The second term of F is what rows and transistors take off a cell's voltage, in proportion to
    the cell's own current; the third is what the column takes off, in proportion to the column's
    current, which is known. Its numbers are fitted to vectors that are simulated on the array.

    Args:
        corrections: How many; none is the cheapest.
        oversampling: Simulated vectors for each number of a column's map.
    """

    corrections: int = 1
    oversampling: int = 3

    def __post_init__(self) -> None:
        check_number("corrections", self.corrections, low=0)
        check_number("oversampling", self.oversampling, low=2)

    def _repair(
        self, known: Known, ideal: Tensor, actual: Tensor, doubt: Tensor, batch: list[int]
    ) -> "Curved":
        rows = ideal.shape[-2]
        curve, slope = lone_cell(known.array, known.prior, float(actual[actual > 0].mean()))
        simulated = Simulated.of(known, actual, vectors=self.oversampling * (3 * rows + 1))
        straight = Straight.of(simulated, curve)
        mean, covariance = known.prior.moments(rows, curve)
        gain = straight.gain(covariance, known.noise, doubt)
        expected = (mean @ straight.slope)[..., None, :] + straight.offset
        terms = _terms(simulated, straight, (curve, slope)) if self.corrections else ()
        tensors = (gain, mean - expected @ gain, ideal, *terms)
        gain, offset, arrays, *rest = (x.reshape(*batch, *x.shape[1:]) for x in tensors)
        return Curved(
            gain,
            offset,
            arrays,
            terms=tuple(rest),
            voltage=curve.inverse,
            slope=Curve(curve.y, slope.y),
            corrections=self.corrections,
        )


@dataclass(frozen=True)
class Curved(Repair):
    """Finds what the cells' curve makes of the voltages, undoes the curve, and multiplies.

    Args:
        gain: (..., cols, rows), 1/S. From currents to what the curve makes of the voltages.
        offset: (..., 1, rows), V. Added to that.
        conductance: (..., rows, cols), S. What the voltages are multiplied by.
        voltage: The curve undone.
        slope: Slope of the curve, over its value.
        terms: What a correction takes off the currents: (..., 1, cols), A, and three maps,
            (..., rows, cols), of values, of values times slopes, and of slopes, which counts for
            each ampere of the column.
        corrections: How many.
    """

    gain: Tensor
    offset: Tensor
    conductance: Tensor
    voltage: Curve
    slope: Curve
    terms: tuple[Tensor, ...]
    corrections: int

    @property
    def multiplications(self) -> int:
        rows, cols = self.conductance.shape[-2:]
        # A value read from a table takes one to interpolate.
        whole = 2 * rows * cols + rows
        return whole + self.corrections * (4 * rows * cols + 2 * rows + cols)

    def __call__(self, current: Tensor) -> Tensor:
        measured = current.double()
        first = found = measured @ self.gain + self.offset
        for _ in range(self.corrections):
            constant, straight, own, shared = self.terms
            slope = self.slope(found)
            added = constant + found @ straight + (found * slope) @ own
            added = added + measured * (slope @ shared)
            found = first - added @ self.gain
        corrected: Tensor = self.voltage(found) @ self.conductance
        return corrected.to(current.dtype)


def lone_cell(array: Array, prior: VoltagePrior, conductance: float) -> tuple[Curve, Curve]:
    """Current of an array of one cell over its conductance, against voltage, and the slope.

    Args:
        array: What the cell is in.
        prior: Tells the range of voltages.
        conductance: S. Of the cell.
    """
    low, high = prior.range
    room = max(_ROOM * (high - low), _LEAST_ROOM)
    voltage = torch.linspace(low - room, high + room, _POINTS, dtype=torch.float64)
    cell = torch.full((1, 1), conductance, dtype=torch.float64)
    value = array.read(cell, voltage[:, None]).current[:, 0].detach() / conductance
    slope = torch.gradient(value, spacing=(voltage,), edge_order=2)[0]
    return Curve(voltage, value), Curve(voltage, slope)


def _terms(
    simulated: Simulated, straight: Straight, curves: tuple[Curve, Curve]
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Numbers of F(u, I) - u B - a, by least squares, column by column."""
    u, slope = (curve(simulated.voltage) for curve in curves)
    current = simulated.current
    bend = current - u @ straight.slope - straight.offset
    alone = torch.cat([torch.ones_like(u[:, :1]), u, u * slope], -1)
    together = max(1, _NUMBERS_TOGETHER // (current[0].numel() * 4 * u.shape[-1]))
    parts = [
        _least_squares(alone, slope, *pair)
        for pair in zip(current.split(together), bend.split(together), strict=True)
    ]
    constant, *maps = torch.cat(parts).split([1, u.shape[-1], u.shape[-1], u.shape[-1]], -2)
    return constant, maps[0], maps[1], maps[2]


def _least_squares(alone: Tensor, slope: Tensor, current: Tensor, bend: Tensor) -> Tensor:
    """Numbers that explain what bends: (arrays, 1 + 3 rows, cols)."""
    each = current.mT[..., None] * slope  # (arrays, cols, vectors, rows)
    inputs = torch.cat([alone.expand(*each.shape[:-1], -1), each], -1)
    size = inputs.norm(dim=-2, keepdim=True).clamp_min(_NOTHING)
    inputs = inputs / size
    square = inputs.mT @ inputs
    # Inputs that say the same share what they explain.
    square = square + _RIDGE * torch.eye(square.shape[-1], dtype=square.dtype)
    solved: Tensor = torch.linalg.solve(square, inputs.mT @ bend.mT[..., None]) / size.mT
    return solved[..., 0].mT


# Of the range of voltages: how far beyond it the curve is tabulated, and at least, in V.
_ROOM, _LEAST_ROOM = 0.25, 0.01
_POINTS = 2001
_RIDGE, _NOTHING = 1e-10, 1e-30
# Of the inputs of the least squares, that are held at a time.
_NUMBERS_TOGETHER = 1 << 23
