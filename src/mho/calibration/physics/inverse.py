"""What an inverse of an array that is known must say."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.calibration.repair import Repair
from mho.core import Array

from .prior import Curve, VoltagePrior


@dataclass(frozen=True)
class Known:
    """What an inverse is made from.

    Args:
        array: The array as it is.
        noise: A. Standard deviation of the noise of its currents.
        prior: Voltages like those to come.
    """

    array: Array
    noise: float
    prior: VoltagePrior


@dataclass(frozen=True)
class Held:
    """What cells are believed to hold by now.

    Args:
        conductance: (..., rows, cols), S. Expected conductances.
        covariance: (..., cols, rows, rows), S^2. Of the cells of each column.
    """

    conductance: Tensor
    covariance: Tensor


class Inverse(ABC):
    """The way from measured currents back to ideal ones, for an array that is known."""

    def repair(self, known: Known, conductance: Tensor, held: Held | None = None) -> Repair:
        """What is left to do for every vector of arrays that were programmed.

        Args:
            known: Array, noise and prior.
            conductance: (..., rows, cols), S. Conductances that were programmed.
            held: What became of them; they are as programmed if left out.
        """
        *batch, rows, cols = conductance.shape
        ideal = conductance.double().reshape(-1, rows, cols)
        if held is None:
            return self._repair(known, ideal, ideal, ideal.new_zeros(len(ideal), cols), batch)
        actual = held.conductance.expand_as(conductance).reshape(-1, rows, cols)
        mean, covariance = known.prior.moments(rows)
        square = covariance + mean[:, None] * mean
        doubt = (held.covariance * square).sum((-1, -2)).expand(*batch, cols).reshape(-1, cols)
        return self._repair(known, ideal, actual, doubt, batch)

    @abstractmethod
    def _repair(
        self, known: Known, ideal: Tensor, actual: Tensor, doubt: Tensor, batch: list[int]
    ) -> Repair:
        """Repair of arrays in one batch axis, to be given the batch axes that they came in.

        Args:
            known: Array, noise and prior.
            ideal: (arrays, rows, cols), S. What voltages are meant to be multiplied by.
            actual: (arrays, rows, cols), S. What the cells hold.
            doubt: (arrays, cols), A^2. Variance of currents for what is not known of the cells.
            batch: Batch axes.
        """


@dataclass(frozen=True)
class Simulated:
    """Vectors read on the known array without noise.

    Args:
        voltage: (vectors, rows), V. Voltages driving the rows.
        current: (arrays, vectors, cols), A. Currents.
    """

    voltage: Tensor
    current: Tensor

    @classmethod
    def of(cls, known: Known, conductance: Tensor, *, vectors: int) -> "Simulated":
        """Vectors like those to come, read on each array.

        Args:
            known: Array, noise and prior.
            conductance: (arrays, rows, cols), S. Conductances.
            vectors: How many for each array.
        """
        rows, cols = conductance.shape[-2:]
        voltage = known.prior.vectors(rows, vectors)
        together = max(1, _CELLS_TOGETHER // (vectors * rows * cols))
        with torch.no_grad():
            parts = [
                known.array.read(part, voltage.expand(len(part), *voltage.shape)).current
                for part in conductance.split(together)
            ]
        return cls(voltage, torch.cat(parts))


@dataclass(frozen=True)
class Straight:
    r"""Currents as they follow a function of the voltages on average, :math:`I = a + h(V) B + q`.

    Args:
        slope: (arrays, rows, cols). B.
        offset: (arrays, 1, cols), A. a.
        bend: (arrays, cols, cols), A^2. Covariance of what is left, q.
    """

    slope: Tensor
    offset: Tensor
    bend: Tensor

    @classmethod
    def of(cls, simulated: Simulated, curve: Curve | None = None) -> "Straight":
        """The least squares over simulated vectors.

        Args:
            simulated: More vectors than rows.
            curve: The function h; the voltages themselves if left out.
        """
        values = simulated.voltage if curve is None else curve(simulated.voltage)
        mean, level = values.mean(0), simulated.current.mean(-2, keepdim=True)
        slope = torch.linalg.pinv(values - mean) @ (simulated.current - level)
        offset = level - (mean @ slope)[..., None, :]
        left = simulated.current - values @ slope - offset
        freedom = max(1, len(values) - values.shape[-1] - 1)
        return cls(slope, offset, left.mT @ left / freedom)

    def gain(self, covariance: Tensor, noise: float, doubt: Tensor) -> Tensor:
        """What currents tell of h(V), as a linear-Gaussian estimate: (arrays, cols, rows).

        Args:
            covariance: (rows, rows). Of h(V).
            noise: A. Standard deviation of the noise of the currents.
            doubt: (arrays, cols), A^2. Variance of the currents for other reasons.
        """
        shared = covariance @ self.slope
        measured = self.slope.mT @ shared + self.bend + torch.diag_embed(doubt)
        # Columns that tell the same, or nothing, leave the currents' covariance singular.
        level = measured.diagonal(dim1=-2, dim2=-1).mean(-1).clamp_min(_NOTHING)
        diagonal = noise**2 + _ROUNDING * level
        eye = torch.eye(measured.shape[-1], dtype=measured.dtype)
        gain: Tensor = torch.linalg.solve(measured + diagonal[:, None, None] * eye, shared.mT)
        return gain


# Of the currents' variance: what keeps rounding from being inverted.
_ROUNDING, _NOTHING = 1e-12, 1e-30
# Cells of circuits that are solved at a time, by memory.
_CELLS_TOGETHER = 1 << 21
