"""Wires that do not feel each other: what each cell gets of a voltage at the ends of its wire."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def end_share(conductance: Tensor, segments: NDArray[np.float64], dim: int) -> Tensor:
    """Voltage of each node per volt at the ends of its wire, cells grounded: (..., rows, cols).

    By reciprocity that is also the share of the current put into each node that reaches the ends.

    Args:
        conductance: (..., rows, cols), S. Conductance of the cells.
        segments: Ohm. Of each wire, nodes + 1 by wires; an end with an infinite one is open.
        dim: Axis of the nodes along a wire.
    """
    share = _from_first(conductance, segments, dim)
    if np.isfinite(segments[-1]).any():
        share = share + _from_first(conductance.flip(dim), segments[::-1], dim).flip(dim)
        ideal = torch.from_numpy(np.where(segments.any(0), 0.0, 1.0))  # neither end comes first
        share = share + ideal.unsqueeze(dim)
    return share


def _from_first(conductance: Tensor, segments: NDArray[np.float64], dim: int) -> Tensor:
    """As above, with 1 V at the first end and 0 V at the last."""
    opened, cells = np.isinf(segments), conductance.unbind(dim)
    held = segments[-1] == 0
    seen = torch.from_numpy(
        np.divide(1.0, segments[-1], where=~held, out=np.zeros_like(segments[-1]))
    )
    passed = []
    for k in range(len(cells) - 1, -1, -1):
        resistance = np.where(opened[k], 0.0, segments[k])
        seen = seen + cells[k]
        alive = torch.from_numpy(np.where(opened[k] | held, 0.0, 1.0))
        passed.append(alive / (1 + torch.from_numpy(resistance) * seen))
        behind = np.divide(
            1.0, segments[k], where=held & (segments[k] > 0), out=np.zeros_like(segments[k])
        )
        seen = seen * passed[-1] + torch.from_numpy(behind)
        held = held & (segments[k] == 0)
    return torch.stack(passed[::-1], dim).cumprod(dim)
