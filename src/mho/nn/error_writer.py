"""Cells that miss their targets as a scheme would."""

from dataclasses import dataclass

from torch import Tensor

from mho.programming import ProgramError

from .writer import Writer, Written, tile_generator


@dataclass(frozen=True, kw_only=True)
class ErrorWriter(Writer):
    """Cells that miss their targets as a scheme would, drawn from its fitted error.

    That takes some nanoseconds a cell instead of a simulation. What the pulses cost is not part of
    an error: `pulses`, `time` and `energy` are NaN.

    Args:
        error: Program error of the scheme, fitted or loaded from a file.
        seed: Selects the errors.
    """

    error: ProgramError
    seed: int = 0

    def write(
        self, target: Tensor, *, tile: int, before: int = 0, last: Written | None = None
    ) -> Written:
        drawn = self.error.sample(target, tile_generator(self.seed, tile, before))
        return Written.at_unknown_cost(drawn)
