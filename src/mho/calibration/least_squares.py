"""Linear least squares out of sums over vectors, where some of the unknowns may not matter."""

import torch
from torch import Tensor

NEGLIGIBLE = 1e-13
"""Share of the largest eigenvalue below which the data say nothing of a direction."""


def solve(gram: Tensor, moment: Tensor, ridge: float = 0.0) -> Tensor:
    """Coefficients of least squares, the smallest ones where many fit: (..., features, outputs), 1.

    Args:
        gram: (..., features, features), 1. Sums of products of the features.
        moment: (..., features, outputs), 1. Sums of products of features and outputs.
        ridge: How much large coefficients cost, relative to the features' own mean squares.
    """
    scale = gram.diagonal(dim1=-2, dim2=-1).clamp(min=0).sqrt()
    unit = torch.where(scale > 0, 1 / scale, 0.0)[..., None]
    scaled = gram * unit * unit.mT
    value, vector = torch.linalg.eigh(scaled)
    kept = value > NEGLIGIBLE * value[..., -1:]
    inverse = torch.where(kept, 1 / torch.where(kept, value + ridge, 1.0), 0.0)
    coefficients: Tensor = unit * (vector @ (inverse[..., None] * (vector.mT @ (unit * moment))))
    return coefficients
