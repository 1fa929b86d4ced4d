"""JART VCM v1b itself: the implicit equation of its current is solved at every step."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from .device import Jart

if TYPE_CHECKING:
    from .currents import Solved


@dataclass(frozen=True, kw_only=True)
class JartV1b(Jart):
    """JART VCM v1b with the current that solves its circuit.

    Electrode barrier, disc, plug and line lie in series and share one current, which heats the
    disc and so helps itself over the barrier. It is the model that the explicit currents were
    fitted to, and some ten times as much work.
    """

    @cached_property
    def _law(self) -> "Solved":
        from .currents import Solved

        return Solved()
