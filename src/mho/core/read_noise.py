"""What makes two readings of the same cells differ."""

from typing import Protocol

import torch
from torch import Tensor


class ReadNoise(Protocol):
    """A source of noise in the currents that are read."""

    def apply(
        self, current: Tensor, conductance: Tensor, voltage: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Currents as one reading gives them: (..., vectors, cols), A.

        Args:
            current: (..., vectors, cols), A. Currents without this noise.
            conductance: (..., rows, cols), S. Conductance of the cells, or what the wires leave
                of it.
            voltage: (..., vectors, rows), V. Voltages driving the rows.
            generator: Source of randomness.
        """
        ...
