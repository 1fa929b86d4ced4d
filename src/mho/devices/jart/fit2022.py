"""JART VCM v1b with the explicit current of 2022."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from .device import Jart

if TYPE_CHECKING:
    from .currents import Fit2022


@dataclass(frozen=True, kw_only=True)
class JartFit2022(Jart):
    """JART VCM v1b with the explicit current of 2022, for the nominal filament only.

    The current does not know radius and length: noise changes how fast a cell switches, and what
    it conducts only by that. Source: Ntinas et al., IEEE TCAS-II (2022) (IEEE Xplore 9737221).
    """

    @cached_property
    def _law(self) -> "Fit2022":
        from .currents import Fit2022

        return Fit2022()
