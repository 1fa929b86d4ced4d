"""How signed weights become conductances, and currents become sums of weights."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core.check import check_finite, check_number, check_shape


@dataclass(frozen=True, kw_only=True)
class DifferentialPair:
    """Two neighbouring columns for each output: one adds, the other subtracts.

    A weight of zero has both cells at `g_min`; the larger the weight, the further one of the two
    is raised, up to `g_max` for the largest weight of the layer.

    Args:
        g_min: S. Conductance of both cells of a weight of zero.
        g_max: S. Conductance of the raised cell of the largest weight.
    """

    g_min: float
    g_max: float

    def __post_init__(self) -> None:
        check_number("g_min", self.g_min, low=0.0, above=True)
        check_number("g_max", self.g_max, low=self.g_min, above=True)

    def conductance(self, weight: Tensor) -> Tensor:
        """Target conductances of a layer: (inputs, 2 * outputs), S.

        Args:
            weight: (inputs, outputs), 1. Weights of the layer.
        """
        check_shape("weight", weight, "(inputs, outputs)")
        check_finite("weight", weight)
        raised = weight.double() / self.weight_per_siemens(weight)
        pair = torch.stack([raised.clamp(min=0.0), (-raised).clamp(min=0.0)], dim=-1)
        return self.g_min + pair.flatten(-2)

    def weight_per_siemens(self, weight: Tensor) -> float:
        """Scale of a layer, such that its largest weight takes the whole range.

        Args:
            weight: (inputs, outputs), 1. Weights of the layer.
        """
        largest = weight.abs().max().item()
        return (largest or 1.0) / (self.g_max - self.g_min)

    def outputs(self, current: Tensor) -> Tensor:
        """Differences of the pairs: (..., outputs), A.

        Args:
            current: (..., 2 * outputs), A. Currents of the columns.
        """
        return current[..., 0::2] - current[..., 1::2]
