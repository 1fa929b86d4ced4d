"""What a device model must say about one memristor."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar

import torch
from torch import Tensor

from .check import check_number
from .pulse import Pulse


class CellState(Protocol):
    """State of a batch of cells: whatever the model needs, and what the cells have dissipated."""

    @property
    def energy(self) -> Tensor:
        """Dissipated by the pulses in each cell since it was made: (..., rows, cols), J."""
        ...


State = TypeVar("State", bound=CellState)


@dataclass(frozen=True)
class Trace(Generic[State]):
    """What cells did along a pulse.

    Args:
        state: State of the cells at their last sample.
        conductance: (samples,), S, single precision since traces are long. After every step, all
            samples of the first cell before those of the second.
        count: (..., rows, cols). Samples of each cell.
    """

    state: State
    conductance: Tensor
    count: Tensor


class Device(ABC, Generic[State]):
    """Equations of one memristor, evaluated over any batch of cells.

    A device holds parameters only. The state of the cells is a separate value that goes in and
    comes out, so one device serves any number of arrays. The operating point, which voltages SET,
    RESET and read, is part of the device, since it is published with it.
    """

    set_voltage: float
    """V, physical sign. Drives the conductance towards `g_max`."""
    reset_voltage: float
    """V, physical sign. Drives the conductance towards `g_min`."""
    read_voltage: float
    """V. Small enough not to disturb the state."""

    @property
    @abstractmethod
    def g_min(self) -> float:
        """S. Lowest conductance that a cell without spread and noise reaches."""

    @property
    @abstractmethod
    def g_max(self) -> float:
        """S. Highest conductance that a cell without spread and noise reaches."""

    @abstractmethod
    def fabricate(self, shape: tuple[int, ...], generator: torch.Generator) -> State:
        """State of freshly made cells at `g_min`, with their device-to-device spread.

        Args:
            shape: (..., rows, cols) of the cells.
            generator: Source of the spread.
        """

    @abstractmethod
    def apply(self, state: State, pulse: Pulse, generator: torch.Generator) -> State:
        """State after a pulse, with its cycle-to-cycle noise.

        Args:
            state: State of the cells before the pulse; it is left as it was.
            pulse: Pulse on each cell.
            generator: Source of the noise.
        """

    @abstractmethod
    def current(self, state: State, voltage: Tensor) -> Tensor:
        """Current through biased cells: (..., rows, cols), A.

        Args:
            state: State of the cells.
            voltage: (..., rows, cols), V. Voltage across each cell.
        """

    @abstractmethod
    def noise_free(self) -> Self:
        """The same device without device-to-device spread and cycle-to-cycle noise."""

    def relax(self, state: State, time: float, generator: torch.Generator) -> State:
        """State after a time without pulses; as it was, unless the device says what time does.

        Resting twice is, in distribution, resting once for the sum of both times.

        Args:
            state: State of the cells before; it is left as it was.
            time: s. How long the cells are left alone.
            generator: Source of the noise.
        """
        return state

    def trace(
        self,
        state: State,
        pulse: Pulse,
        generator: torch.Generator,
        *,
        step: float,
        target: Tensor | None = None,
    ) -> Trace[State]:
        """Conductance at every step along a pulse, up to a target if there is one.

        The pulse is sent in parts of one step, so that the cells can be looked at in between.

        Args:
            state: State of the cells before the pulse; it is left as it was.
            pulse: Pulse on each cell; a last part of less than a step is not sent.
            generator: Source of the noise.
            step: s. Time from one sample to the next.
            target: (..., rows, cols), S. A cell stops at the first sample on the other side of its
                target, or on it.
        """
        check_number("step", step, low=0.0, above=True)
        left = whole_steps(pulse.width, step)
        upwards = self.conductance(state) < (0.0 if target is None else target)
        samples, sent = [], []
        while (active := left > 0).any():
            part = Pulse(pulse.amplitude, step * active.to(pulse.width))
            state = self.apply(state, part, generator)
            conductance = self.conductance(state)
            samples.append(conductance.float().flatten())
            sent.append(active.flatten())
            left = left - active.long()
            if target is not None:
                passed = torch.where(upwards, conductance >= target, conductance <= target)
                left = torch.where(active & passed, 0, left)
        if not samples:
            none = torch.empty(0, dtype=torch.float32)
            return Trace(state, none, torch.zeros_like(left))
        taken = torch.stack(sent, 1)
        count = taken.sum(1).reshape(left.shape)
        return Trace(state, torch.stack(samples, 1)[taken], count)

    def conductance(self, state: State) -> Tensor:
        """Conductance at the read voltage: (..., rows, cols), S.

        Args:
            state: State of the cells.
        """
        voltage = torch.full_like(state.energy, self.read_voltage)
        return self.current(state, voltage) / self.read_voltage


def whole_steps(width: Tensor, step: float) -> Tensor:
    """Steps that fit into a pulse: (..., rows, cols), whole numbers.

    Args:
        width: (..., rows, cols), s. Width of the pulse.
        step: s. Duration of a step.
    """
    return (width / step + 1e-6).long()  # a width of so many steps is not always a product
