"""What is known of voltages before anything is read."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core.random import generator


@dataclass(frozen=True)
class VoltagePrior:
    """Voltages that stand for those to come.

    For arrays of another number of rows each voltage is drawn by itself from all of them.

    Args:
        voltage: (vectors, rows), V. In random order.
    """

    voltage: Tensor

    @classmethod
    def of(cls, voltage: Tensor, *, most: int = 4096) -> "VoltagePrior":
        """What vectors that were read tell.

        Args:
            voltage: (..., vectors, rows), V. Voltages that drove the rows.
            most: Vectors to keep.
        """
        vectors = voltage.double().reshape(-1, voltage.shape[-1])
        order = torch.randperm(len(vectors), generator=generator(len(vectors)))
        return cls(vectors[order[:most]].clone())

    def vectors(self, rows: int, count: int) -> Tensor:
        """Vectors like those to come, the same at every call: (count, rows), V.

        Args:
            rows: Rows of the array.
            count: How many.
        """
        if rows == self.voltage.shape[-1] and count <= len(self.voltage):
            return self.voltage[:count]
        pool = self.voltage.flatten()
        drawn = torch.randint(len(pool), (count, rows), generator=generator(rows, count))
        return pool[drawn]

    def moments(self, rows: int, curve: "Curve | None" = None) -> tuple[Tensor, Tensor]:
        """Mean, (rows,), and covariance, (rows, rows), of the voltages or of a function of them.

        The covariance leans towards rows that are independent and alike, by as much as so many
        vectors leave it uncertain.

        Args:
            rows: Rows of the array.
            curve: The function; the voltages themselves if left out.
        """
        values = self.voltage if curve is None else curve(self.voltage)
        alike = values.var(correction=0) * torch.eye(rows, dtype=values.dtype)
        if rows != values.shape[-1]:
            return values.mean().expand(rows), alike
        mean = values.mean(0)
        centred = values - mean
        share = rows / (rows + len(values))
        own = centred.T @ centred / len(values)
        level = own.trace() / rows
        return mean, (1 - share) * own + share * level * torch.eye(rows, dtype=values.dtype)

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest voltage, V."""
        return float(self.voltage.min()), float(self.voltage.max())


@dataclass(frozen=True)
class Curve:
    """A rising function, linear between the points of a table and beyond its ends.

    Args:
        x: (points,). Rising.
        y: (points,). Rising.
    """

    x: Tensor
    y: Tensor

    @property
    def inverse(self) -> "Curve":
        """The function that undoes this one."""
        return Curve(self.y, self.x)

    def __call__(self, x: Tensor) -> Tensor:
        """Values: (...), in the unit of `y`.

        Args:
            x: (...), in the unit of the table's x. Where.
        """
        place = torch.bucketize(x, self.x).clamp(1, len(self.x) - 1)
        slope = (self.y[place] - self.y[place - 1]) / (self.x[place] - self.x[place - 1])
        value: Tensor = self.y[place - 1] + (x - self.x[place - 1]) * slope
        return value
