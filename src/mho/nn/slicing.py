"""Weights spread over several cells, each slice on tiles of its own."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core.check import check_number


class Slicing(ABC):
    """Parts of a weight that are written one after the other and read side by side."""

    @property
    @abstractmethod
    def significance(self) -> tuple[float, ...]:
        """What each slice counts in the weight."""

    @property
    def follows(self) -> bool:
        """Whether a slice makes up for what those before it hold, so that these are right as is."""
        return False

    @property
    def through_wires(self) -> bool:
        """Whether what slices hold is what their tiles multiply by, wires and all."""
        return False

    @abstractmethod
    def slice(self, weight: Tensor, held: Sequence[Tensor]) -> Tensor:
        """What the next slice is to hold: (..., rows, outputs), -1 to 1.

        Args:
            weight: (..., rows, outputs), 1. Weights, -1 to 1.
            held: (..., rows, outputs), 1, each. Weights that the slices before hold.
        """


@dataclass(frozen=True, kw_only=True)
class Whole(Slicing):
    """Weights in one piece."""

    @property
    def significance(self) -> tuple[float, ...]:
        return (1.0,)

    def slice(self, weight: Tensor, held: Sequence[Tensor]) -> Tensor:
        return weight


@dataclass(frozen=True, kw_only=True)
class BitSlices(Slicing):
    """Digits of the weights, the most significant ones first.

    The magnitude of a weight is rounded to so many digits, each of which a cell holds as one of few
    levels; all of them have the weight's sign.

    Args:
        slices: Digits of a weight.
        bits: Bits of a digit.
    """

    slices: int = 4
    bits: int = 2

    def __post_init__(self) -> None:
        check_number("slices", self.slices, low=1)
        check_number("bits", self.bits, low=1, high=32 // self.slices)

    @property
    def significance(self) -> tuple[float, ...]:
        base = 2**self.bits
        most = base**self.slices - 1
        return tuple((base - 1) * base**k / most for k in reversed(range(self.slices)))

    def slice(self, weight: Tensor, held: Sequence[Tensor]) -> Tensor:
        base = 2**self.bits
        whole = (weight.double().abs() * (base**self.slices - 1)).round()
        digit = (whole / base ** (self.slices - 1 - len(held))).floor() % base
        return torch.copysign(digit / (base - 1), weight)


@dataclass(frozen=True, kw_only=True)
class ResidualSlices(Slicing):
    """Cells that are programmed to what the ones before them missed.

    The second slice holds the error of the first, enlarged, and so on, so that errors of
    programming are repaired as far as the last slice is written well.

    Args:
        slices: Slices of a weight.
        gain: What the error of a slice is enlarged by in the next one; errors beyond the range of
            the next one are clipped.
    """

    slices: int = 2
    gain: float = 8.0

    def __post_init__(self) -> None:
        check_number("slices", self.slices, low=1)
        check_number("gain", self.gain, low=1.0)

    @property
    def significance(self) -> tuple[float, ...]:
        return tuple(self.gain**-k for k in range(self.slices))

    @property
    def follows(self) -> bool:
        return True

    def slice(self, weight: Tensor, held: Sequence[Tensor]) -> Tensor:
        missed = weight.double()
        for counts, slice_held in zip(self.significance, held, strict=False):
            missed = missed - counts * slice_held
        return (missed / self.significance[len(held)]).clamp(-1.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class ResidualThroughWires(ResidualSlices):
    """Residual slices of what is missed by the array, which its wires have a share in.

    Each slice is read back as the array multiplies, and the next one makes up for what its wires
    and its cells missed together. It asks for more where the slice before it kept less of the
    conductance, so that its own wires leave what is wanted. Of each column of a tile, the weights
    count in proportion to those that its first slice reaches: a loss that all cells of a column
    have in common takes no cells to repair, but a factor that the outputs are scaled by anyway.

    The cells are right for these wires alone. Weights must be differential pairs: single columns
    would have to make up for what wires take from cells in the middle of the range.

    Args:
        slices: Slices of a weight, two at least.
        gain: What the error of a slice is enlarged by in the next one; errors beyond the range of
            the next one are clipped.
    """

    slices: int = 3
    gain: float = 2.5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("slices", self.slices, low=2)

    @property
    def through_wires(self) -> bool:
        return True
