"""Noise on what a converter sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor

from mho.core.random import with_normal


@dataclass(frozen=True, kw_only=True)
class InputNoise:
    """Independent normal noise on numbers in any unit.

    Args:
        shared: (..., 1, cols), 1. Variance that all vectors have; one number if all columns do.
        own: (..., vectors, cols), 1. Variance that comes on top, none if left out.
        generator: Source of randomness.
    """

    shared: Tensor
    own: Tensor | None = None
    generator: torch.Generator

    @classmethod
    def of(cls, variances: Sequence[Tensor], generator: torch.Generator) -> "InputNoise":
        """Noise of several sources that know nothing of each other: their variances add up.

        Args:
            variances: (..., vectors or 1, cols), 1. One for each source; one number if the same for
                all.
            generator: Source of randomness.
        """
        shared = [one for one in variances if one.dim() < 2 or one.shape[-2] == 1]
        own = [one for one in variances if one.dim() > 1 and one.shape[-2] > 1]
        return cls(
            shared=reduce(torch.add, shared) if shared else variances[0].new_zeros(()),
            own=reduce(torch.add, own) if own else None,
            generator=generator,
        )

    def on(self, value: Tensor) -> Tensor:
        """Numbers with the noise: (..., vectors, cols). Gradients pass to the numbers.

        Args:
            value: (..., vectors, cols), 1. Numbers in the unit of the deviation.
        """
        variance = self.shared if self.own is None else self.shared + self.own
        return with_normal(value, variance.sqrt(), self.generator)
