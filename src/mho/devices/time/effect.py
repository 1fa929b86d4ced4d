"""What an effect must say about cells that live on between their pulses."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

import torch
from torch import Tensor

from mho.core import Device, Pulse

EffectState = TypeVar("EffectState")


@dataclass(frozen=True)
class Switching:
    """What a pulse did to the cells under an effect.

    Args:
        pulse: The pulse.
        towards_high: (..., rows, cols), bool. Where its sign is that of SET.
        low: S. Conductance that RESET leads to.
        high: S. Conductance that SET leads to.
        read_voltage: V. Magnitude up to which a pulse is a read.
        before: (..., rows, cols), S. Conductance without the effect before the pulse.
        after: (..., rows, cols), S. Conductance without the effect after the pulse.
    """

    pulse: Pulse
    towards_high: Tensor
    low: float
    high: float
    read_voltage: float
    before: Tensor
    after: Tensor

    @classmethod
    def of(cls, device: Device[Any], pulse: Pulse, before: Tensor, after: Tensor) -> "Switching":
        """What a pulse did to the cells of a device.

        Args:
            device: Model of the cells without the effect.
            pulse: The pulse.
            before: (..., rows, cols), S. Conductance before the pulse.
            after: (..., rows, cols), S. Conductance after the pulse.
        """
        towards_high = pulse.amplitude * device.set_voltage > 0
        bounds = (device.g_min, device.g_max)
        return cls(pulse, towards_high, *bounds, abs(device.read_voltage), before, after)

    @property
    def pulsed(self) -> Tensor:
        """Cells that got a pulse: (..., rows, cols), bool."""
        return self.pulse.width > 0

    @property
    def programmed(self) -> Tensor:
        """Cells that got more than a read: (..., rows, cols), bool."""
        return self.pulsed & (self.pulse.amplitude.abs() > self.read_voltage)

    @property
    def kept(self) -> Tensor:
        """Share of the past that the pulse left in each cell, 0 to 1: (..., rows, cols).

        It is the share of the way to the end of the range that is still to go. Shares of pulses
        in one direction multiply, so two half pulses leave what one whole pulse leaves.
        """
        rises = self.after > self.before
        bound = torch.where(rises, self.high, self.low).to(self.after)
        before, after = bound - self.before, bound - self.after
        ahead = before * (self.after - self.before) > 0
        share = (after / torch.where(ahead, before, 1.0)).clamp(0.0, 1.0)
        return torch.where(ahead, share, (self.after == self.before).to(share))


class Effect(ABC, Generic[EffectState]):
    """One thing that time, reading or use does to the current of a cell.

    An effect holds parameters only, as a device does; `InTime` puts it on a device. Its state is
    a frozen dataclass of tensors.
    """

    @abstractmethod
    def fabricate(self, conductance: Tensor, generator: torch.Generator) -> EffectState:
        """State of freshly made cells.

        Args:
            conductance: (..., rows, cols), S. Conductance of the cells without the effect.
            generator: Source of the spread.
        """

    @abstractmethod
    def pulse(
        self, state: EffectState, switching: Switching, generator: torch.Generator
    ) -> EffectState:
        """State after a pulse; cells that got none keep theirs.

        Args:
            state: State before the pulse; it is left as it was.
            switching: What the pulse did.
            generator: Source of the noise.
        """

    @abstractmethod
    def relax(
        self, state: EffectState, conductance: Tensor, time: float, generator: torch.Generator
    ) -> EffectState:
        """State after a time without pulses.

        Args:
            state: State before; it is left as it was.
            conductance: (..., rows, cols), S. Conductance of the cells without the effect.
            time: s. How long the cells are left alone.
            generator: Source of the noise.
        """

    @abstractmethod
    def current(self, state: EffectState, current: Tensor, voltage: Tensor) -> Tensor:
        """Current with the effect: (..., rows, cols), A.

        Args:
            state: State of the cells.
            current: (..., rows, cols), A. Current without the effect.
            voltage: (..., rows, cols), V. Voltage across each cell.
        """

    @abstractmethod
    def noise_free(self) -> Self:
        """The same effect without anything random."""
