"""JART-TUD: JART VCM v1b with an explicit current that knows radius and length."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from .device import Jart

if TYPE_CHECKING:
    from .currents import Fit2023


@dataclass(frozen=True, kw_only=True)
class JartTUD(Jart):
    """JART VCM v1b with the variability-aware explicit current.

    The current depends on radius and length of the filament, so noise moves the conductance at
    once. Source: Ntinas et al., SMACD 2023 (doi 10.1109/SMACD58065.2023.10192107).
    """

    @cached_property
    def _law(self) -> "Fit2023":
        from .currents import Fit2023

        return Fit2023()
