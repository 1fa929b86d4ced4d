"""Random matrices and vectors between the limits that a study gives."""

from typing import Protocol

import torch
from torch import Tensor

from mho.core.check import check_number


class Limits(Protocol):
    """A study with limits of conductances, S, and voltages, V."""

    @property
    def g_min(self) -> float:
        """S. Lowest conductance."""
        ...

    @property
    def g_max(self) -> float:
        """S. Highest conductance."""
        ...

    @property
    def v_min(self) -> float:
        """V. Lowest voltage."""
        ...

    @property
    def v_max(self) -> float:
        """V. Highest voltage."""
        ...


def check_limits(limits: Limits) -> None:
    """Refuse limits that are not in order.

    Args:
        limits: Of conductances and voltages.
    """
    check_number("g_min", limits.g_min, low=0.0, above=True)
    check_number("g_max", limits.g_max, low=limits.g_min, above=True)
    check_number("v_max", limits.v_max, low=limits.v_min)


def random_conductance(limits: Limits, shape: tuple[int, ...], source: torch.Generator) -> Tensor:
    """Evenly distributed conductances: (...), S.

    Args:
        limits: Of the conductances.
        shape: Of the answer.
        source: Source of randomness.
    """
    drawn = torch.rand(shape, generator=source, dtype=torch.float64)
    return limits.g_min + (limits.g_max - limits.g_min) * drawn


def random_voltage(limits: Limits, shape: tuple[int, ...], source: torch.Generator) -> Tensor:
    """Evenly distributed voltages: (...), V.

    Args:
        limits: Of the voltages.
        shape: Of the answer.
        source: Source of randomness.
    """
    drawn = torch.rand(shape, generator=source, dtype=torch.float64)
    return limits.v_min + (limits.v_max - limits.v_min) * drawn
