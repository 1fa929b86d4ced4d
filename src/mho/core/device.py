"""What a device model must say about one memristor."""

from abc import ABC, abstractmethod
from typing import Generic, Protocol, Self, TypeVar

import torch
from torch import Tensor

from .pulse import Pulse


class CellState(Protocol):
    """State of a batch of cells: whatever the model needs, and what the cells have dissipated."""

    @property
    def energy(self) -> Tensor:
        """Dissipated by the pulses in each cell since it was made: (..., rows, cols), J."""
        ...


State = TypeVar("State", bound=CellState)


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

    def conductance(self, state: State) -> Tensor:
        """Conductance at the read voltage: (..., rows, cols), S.

        Args:
            state: State of the cells.
        """
        voltage = torch.full_like(state.energy, self.read_voltage)
        return self.current(state, voltage) / self.read_voltage
