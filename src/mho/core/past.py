"""What a programming job has read and sent before: what a scheme may learn from."""

from dataclasses import dataclass

from torch import Tensor

from .pulse import Pulse


@dataclass(frozen=True)
class Past:
    """Reads and pulses of a job so far, the first ones first.

    After each read but the latest, which the scheme is asked about, came a pulse; both tuples are
    of one length.

    Args:
        reads: Each (..., rows, cols), S. Conductance before each pulse.
        pulses: One for every cell each, of zero width where none was sent.
    """

    reads: tuple[Tensor, ...] = ()
    pulses: tuple[Pulse, ...] = ()

    def then(self, read: Tensor, pulse: Pulse) -> "Past":
        """This past and one more pulse.

        Args:
            read: (..., rows, cols), S. Conductance before the pulse.
            pulse: The pulse sent.
        """
        return Past((*self.reads, read), (*self.pulses, pulse))


NO_PAST = Past()
"""Before the first pulse."""
