"""Windows: what slows the boundary of a drift model down at the ends of the film."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core.check import check_number


@dataclass(frozen=True, kw_only=True)
class Window(ABC):
    """Factor of the drift speed.

    Args:
        exponent: The p of the equation; the larger, the steeper at the ends.
    """

    exponent: int = 1

    def __post_init__(self) -> None:
        check_number("exponent", self.exponent, low=1)

    @abstractmethod
    def __call__(self, share: Tensor, rising: Tensor) -> Tensor:
        """Factor between 0 and 1.

        Args:
            share: (cells,), 1. Doped share of the film.
            rising: (cells,), bool. Whether the doped share grows.
        """


@dataclass(frozen=True, kw_only=True)
class Joglekar(Window):
    r"""Stops at both ends, whichever way the boundary moves.

    .. math:: f(x) = 1 - (2 x - 1)^{2 p}

    Source: Joglekar and Wolf, Eur. J. Phys. 30 (2009) 661 (doi 10.1088/0143-0807/30/4/001).
    """

    def __call__(self, share: Tensor, rising: Tensor) -> Tensor:
        return 1.0 - (2.0 * share - 1.0) ** (2 * self.exponent)


@dataclass(frozen=True, kw_only=True)
class Biolek(Window):
    r"""Stops at the end that the boundary moves to, and lets it leave the other at full speed.

    .. math:: f(x) = 1 - (x - \theta(-i))^{2 p}

    Source: Biolek, Biolek and Biolkova, Radioengineering 18 (2009) 210.
    """

    def __call__(self, share: Tensor, rising: Tensor) -> Tensor:
        return 1.0 - torch.where(rising, share, share - 1.0) ** (2 * self.exponent)
