r"""A calibrator for cells that are not what they were programmed to any more.

What time does to a conductance is a mean and a spread, for each conductance that was programmed.
Vectors read on the array tell more. With g the conductances, :math:`\bar g` and :math:`\Lambda`
their mean and variances, and J the slopes of the measured currents in g, by gradient through the
circuit,

.. math:: \hat g = \bar g + (\Lambda^{-1} + J^T J / \sigma^2)^{-1} J^T
    \left(I - F(\bar g)\right) / \sigma^2

repeated with the circuit linearised at :math:`\hat g`. Where vectors are few it stays with the
mean; where they are many it is the least squares.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.calibration.calibrator import Calibrator, ideal_currents
from mho.calibration.repair import Repair
from mho.core import Array
from mho.core.check import argument_error, check_number

from .calibrator import PhysicsCalibrator
from .inverse import Held, Known
from .prior import Curve


@dataclass(frozen=True)
class Change:
    """What becomes of programmed conductances by some time.

    Args:
        mean: Expected conductance, S, over the programmed one.
        deviation: Its standard deviation, S, over the programmed one.
    """

    mean: Curve
    deviation: Curve

    @classmethod
    def of(cls, programmed: Tensor, later: Tensor) -> "Change":
        """What cells that were looked at tell.

        Args:
            programmed: (points,), S. Conductances, rising.
            later: (cells, points), S. What cells programmed to each became.
        """
        deviation = later.std(0, correction=0)
        return cls(Curve(programmed, later.mean(0)), Curve(programmed, deviation))

    @classmethod
    def none(cls, deviation: float) -> "Change":
        """Nothing, as far as is known.

        Args:
            deviation: S. How far a conductance may be off.
        """
        ends = torch.tensor([0.0, 1.0], dtype=torch.float64)
        return cls(Curve(ends, ends), Curve(ends, torch.full_like(ends, deviation)))


@dataclass(frozen=True, kw_only=True)
class Refreshed(Calibrator):
    """Corrects the currents of arrays that have changed since they were programmed.

    As it is, it expects of each cell what the change says on average. `fit` refreshes it from a
    few vectors that are read on the very arrays; those of `refresh_vectors` tell most.

    Args:
        calibrator: Fitted to arrays as they were programmed.
        change: What has become of conductances since.
        steps: Times that the circuit is linearised.
        held: What `fit` found in the cells.
    """

    calibrator: PhysicsCalibrator
    change: Change
    steps: int = 2
    held: Held | None = None

    def __post_init__(self) -> None:
        check_number("steps", self.steps, low=1)

    @property
    def fitted(self) -> bool:
        return self.calibrator.fitted

    def fit(self, current: Tensor, voltage: Tensor, conductance: Tensor) -> "Refreshed":
        ideal_currents(current, voltage, conductance)
        if not self.calibrator.fitted:
            must = "be fitted to arrays that are as they were programmed"
            raise argument_error("calibrator", must, "is not", "Call its `fit` first.")
        *batch, vectors, cols = current.shape
        rows = conductance.shape[-2]
        arrays = self.expected(conductance.double().expand(*batch, rows, cols))
        before = Held(
            arrays.conductance.reshape(-1, rows, cols),
            arrays.covariance.reshape(-1, cols, rows, rows),
        )
        driven = voltage.double().expand(*batch, vectors, rows).reshape(-1, vectors, rows)
        measured = current.double().reshape(-1, vectors, cols)
        after = found(self.calibrator.known, before, driven, measured, steps=self.steps)
        held = Held(
            after.conductance.reshape(*batch, rows, cols),
            after.covariance.reshape(*batch, cols, rows, rows),
        )
        return replace(self, held=held)

    def expected(self, conductance: Tensor) -> Held:
        """What cells are believed to hold before the array is read.

        Args:
            conductance: (..., rows, cols), S. Conductances that were programmed.
        """
        exists = conductance > 0
        mean = torch.where(exists, self.change.mean(conductance), 0.0)
        deviation = torch.where(exists, self.change.deviation(conductance), 0.0)
        return Held(mean, torch.diag_embed(deviation.square().mT))

    def _fold(self, conductance: Tensor) -> Repair:
        held = self.expected(conductance.double()) if self.held is None else self.held
        return self.calibrator.inverse.repair(self.calibrator.known, conductance, held)


def found(known: Known, before: Held, voltage: Tensor, current: Tensor, *, steps: int) -> Held:
    """What cells hold, given what was believed of them and what was read.

    Args:
        known: Array and noise.
        before: What was believed: (arrays, rows, cols) and (arrays, cols, rows, rows).
        voltage: (arrays, vectors, rows), V. Voltages driving the rows.
        current: (arrays, vectors, cols), A. Measured currents.
        steps: Times that the circuit is linearised.
    """
    arrays, rows, cols = before.conductance.shape
    mean = before.conductance
    variance = before.covariance.diagonal(dim1=-2, dim2=-1).mT
    scale = variance.sqrt().flatten(1)  # of the cells, in units of which all is well conditioned
    noise = max(known.noise, _LEAST_NOISE * float(current.square().mean().sqrt()), _NOTHING)
    x = torch.zeros_like(scale)
    eye = torch.eye(rows * cols, dtype=mean.dtype)
    for _ in range(steps):
        at = (mean + (scale * x).reshape(mean.shape)).clamp_min(0.0)
        predicted, slopes = _linearised(known.array, at, voltage)
        slopes = slopes.flatten(1, 2) * scale[:, None] / noise
        left = (current - predicted).flatten(1) / noise
        precision = slopes.mT @ slopes + eye
        told = slopes.mT @ (left + (slopes @ x[..., None])[..., 0])[..., None]
        x = torch.linalg.solve(precision, told)[..., 0]
    covariance = torch.linalg.inv(precision) * scale[:, :, None] * scale[:, None]
    blocks = covariance.reshape(arrays, rows, cols, rows, cols).diagonal(dim1=2, dim2=4)
    conductance = (mean + (scale * x).reshape(mean.shape)).clamp_min(0.0)
    return Held(conductance, blocks.permute(0, 3, 1, 2).contiguous())


def refresh_vectors(rows: int, count: int, *, low: float, high: float) -> Tensor:
    """Vectors of two voltages that tell the most of an array's cells: (count, rows), V.

    They are taken from a Hadamard matrix, so that rows differ from one another as evenly as can
    be; the first one has all rows at the higher voltage.

    Args:
        rows: Rows of the array.
        count: How many vectors.
        low: V. Lower voltage.
        high: V. Higher voltage.
    """
    check_number("rows", rows, low=1)
    check_number("count", count, low=1)
    order = 1 << max(rows, count - 1).bit_length()
    vector, row = torch.arange(count)[:, None], 1 + torch.arange(rows)
    shared, odd = vector & row, torch.zeros(count, rows, dtype=torch.long)
    for bit in range(order.bit_length()):
        odd ^= (shared >> bit) & 1
    return low + (high - low) * (1 - odd).double()


def _linearised(array: Array, conductance: Tensor, voltage: Tensor) -> tuple[Tensor, Tensor]:
    """Currents, (arrays, vectors, cols), and slopes, (arrays, vectors, cols, rows * cols)."""
    *shape, _ = voltage.shape
    cells = conductance[:, None].expand(*shape, *conductance.shape[1:]).flatten(0, 1)
    cells = cells.detach().clone().requires_grad_()
    with torch.enable_grad():
        current = array.read(cells, voltage.flatten(0, 1)[:, None]).current[:, 0]
        slopes = [
            torch.autograd.grad(column.sum(), cells, retain_graph=True)[0].flatten(1)
            for column in current.unbind(-1)
        ]
    together = torch.stack(slopes, 1)
    return current.detach().unflatten(0, shape), together.unflatten(0, shape)


# Of the currents, relative: what keeps readings without noise from being trusted beyond rounding.
_LEAST_NOISE, _NOTHING = 1e-7, 1e-30
