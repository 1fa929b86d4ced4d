"""A programming pulse: the only thing a programmer says and a bench hears."""

from dataclasses import dataclass

import torch
from torch import Tensor

from .check import check_finite, check_range, check_same_shape, check_shape


@dataclass(frozen=True)
class Pulse:
    """Rectangular voltage pulse, one per cell.

    Args:
        amplitude: (..., rows, cols), V. Voltage across each cell, with its physical sign.
        width: (..., rows, cols), s. A cell with zero width is left alone.
    """

    amplitude: Tensor
    width: Tensor

    def __post_init__(self) -> None:
        check_shape("amplitude", self.amplitude, "(..., rows, cols)")
        check_shape("width", self.width, "(..., rows, cols)")
        check_same_shape("width", self.width, self.amplitude.shape, of="`amplitude`")
        check_finite("amplitude", self.amplitude)
        check_finite("width", self.width)
        check_range("width", self.width, 0.0, torch.inf, unit="s")

    @classmethod
    def uniform(cls, shape: tuple[int, ...], *, amplitude: float, width: float) -> "Pulse":
        """The same pulse on every cell.

        Args:
            shape: (..., rows, cols) of the cells.
            amplitude: V. Voltage across each cell.
            width: s. Width of the pulse.
        """
        ones = torch.ones(shape, dtype=torch.float64)
        return cls(amplitude * ones, width * ones)

    def where(self, mask: Tensor) -> "Pulse":
        """The same pulse on some of the cells, none on the others.

        Args:
            mask: (..., rows, cols), bool. Cells to pulse.
        """
        return Pulse(self.amplitude, torch.where(mask, self.width, 0.0))
