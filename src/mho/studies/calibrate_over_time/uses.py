"""What is done to cells after they were programmed: they wait, are read, or are cycled."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import torch
from torch import Tensor

from mho.core import Pulse
from mho.core.check import argument_error, check_number
from mho.devices import Ageing, Drift, ReadDisturb, Relaxation
from mho.devices.time.effect import Effect, Switching
from mho.studies.settings import OneOf


class Use(ABC):
    """One way in which cells change, at several exposures to it."""

    exposures: tuple[float, ...]
    """How long or how often, rising."""

    @property
    @abstractmethod
    def axis(self) -> str:
        """What the exposures are, with their unit."""

    @abstractmethod
    def later(self, conductance: Tensor, generator: torch.Generator) -> Tensor:
        """What cells hold at each exposure: (exposures, ...), S.

        Args:
            conductance: (...), S. What the cells were programmed to.
            generator: Source of what differs from cell to cell.
        """


@dataclass(frozen=True, kw_only=True)
class Waiting(Use):
    """Cells are left alone.

    Args:
        effect: What time does to them.
        exposures: s. Times since programming.
    """

    effect: Annotated[Effect[Any], OneOf(Drift, Relaxation)] = field(default_factory=Drift)
    exposures: tuple[float, ...] = (0.1, 1.0, 10.0, 1e2, 1e3, 1e4, 1e5, 1e6)

    def __post_init__(self) -> None:
        check_rising(self.exposures)

    @property
    def axis(self) -> str:
        return "time since programming, s"

    def later(self, conductance: Tensor, generator: torch.Generator) -> Tensor:
        state, found, before = self.effect.fabricate(conductance, generator), [], 0.0
        for time in self.exposures:
            state = self.effect.relax(state, conductance, time - before, generator)
            # An effect scales currents, and conductances are currents at one volt.
            found.append(self.effect.current(state, conductance, torch.ones_like(conductance)))
            before = time
        return torch.stack(found)


@dataclass(frozen=True, kw_only=True)
class Reading(Use):
    """Cells are read without end.

    Args:
        effect: What reading does to them.
        voltage: V. Of the reads.
        low: S. Conductance that negative reads lead to.
        high: S. Conductance that positive reads lead to.
        exposures: s. Times under the read voltage.
    """

    effect: ReadDisturb = field(default_factory=ReadDisturb)
    voltage: float = 0.2
    low: float = 16.66e-6
    high: float = 100e-6
    exposures: tuple[float, ...] = (1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0, 1e2, 1e3)

    def __post_init__(self) -> None:
        check_rising(self.exposures)
        check_number("voltage", self.voltage, low=0.0, above=True)

    @property
    def axis(self) -> str:
        return "time under the read voltage, s"

    def later(self, conductance: Tensor, generator: torch.Generator) -> Tensor:
        state, found, before = self.effect.fabricate(conductance, generator), [], 0.0
        for time in self.exposures:
            amplitude = torch.full_like(conductance, self.voltage)
            read = Pulse(amplitude, torch.full_like(conductance, time - before))
            switching = _nothing_switched(read, conductance, self.low, self.high, self.voltage)
            state = self.effect.pulse(state, switching, generator)
            found.append(self.effect.current(state, conductance, amplitude))
            before = time
        return torch.stack(found)


@dataclass(frozen=True, kw_only=True)
class Cycling(Use):
    """Cells are cycled, and then programmed as if they were new.

    Args:
        effect: What cycling does to them.
        low: S. Lower end of the window of new cells.
        high: S. Upper end.
        exposures: Cycles of SET and RESET.
    """

    effect: Ageing = field(default_factory=Ageing)
    low: float = 16.66e-6
    high: float = 100e-6
    exposures: tuple[float, ...] = (0.1, 1.0, 10.0, 1e2, 1e3, 1e4, 1e5, 1e6)

    def __post_init__(self) -> None:
        check_rising(self.exposures)

    @property
    def axis(self) -> str:
        return "cycles before programming"

    def later(self, conductance: Tensor, generator: torch.Generator) -> Tensor:
        new, found = self.effect.fabricate(conductance, generator), []
        one = torch.ones_like(conductance)
        switching = _nothing_switched(Pulse(one, one), conductance, self.low, self.high, 0.0)
        for cycles in self.exposures:
            worn = replace(new, cycles=torch.full_like(conductance, cycles))
            state = self.effect.pulse(worn, switching, generator)
            found.append(self.effect.current(state, conductance, one))
        return torch.stack(found)


def check_rising(exposures: tuple[float, ...]) -> None:
    """Refuse exposures that are none, negative or not in order.

    Args:
        exposures: How long or how often.
    """
    if not exposures or min(exposures) < 0 or list(exposures) != sorted(set(exposures)):
        raise argument_error("exposures", "rise from 0 or above", f"is {exposures}")


def _nothing_switched(
    pulse: Pulse, conductance: Tensor, low: float, high: float, read_voltage: float
) -> Switching:
    """A pulse under which cells without the effect stay as they are."""
    upwards = pulse.amplitude > 0
    return Switching(pulse, upwards, low, high, read_voltage, conductance, conductance)
