"""Cells of a device that are pulsed together, weight after weight."""

from abc import ABC, abstractmethod

import numpy as np
import torch
from torch import Tensor

from mho.core.random import kernel_key
from mho.devices.steps import StepDevice

from .moves import Moves


class Cells(ABC):
    """Cells that weights are made of, moved by pulses."""

    @property
    @abstractmethod
    def step(self) -> float:
        """What a pulse moves a cell by in the middle of the range, up and down on average, S."""

    @property
    @abstractmethod
    def state(self) -> dict[str, Tensor]:
        """What changes with pulses."""

    @abstractmethod
    def restore(self, state: dict[str, Tensor]) -> None:
        """Take over what `state` was.

        Args:
            state: Tensors by name.
        """

    @abstractmethod
    def pulse(self, moves: Moves) -> None:
        """Pulse the cells of weights that move.

        Args:
            moves: Which weights move, and by how many pulses.
        """

    @abstractmethod
    def held(self, weights: Tensor) -> Tensor:
        """What the cells of weights hold: (n, cells of a weight), S.

        Args:
            weights: (n,). Numbers of the weights.
        """


class StepCells(Cells):
    """Cells of a step device, only those touched that are pulsed.

    Seven digits of where a cell is are plenty, and take half of the memory.

    Args:
        device: Model of the cells.
        sign: Whether each cell of a weight raises or lowers it.
        target: (weights, cells of a weight), S. What the cells hold at first, as far as they reach.
        source: Of the cells' spread and their noise.
    """

    def __init__(
        self, device: StepDevice, sign: tuple[int, ...], target: Tensor, source: torch.Generator
    ) -> None:
        self.device, self._source = device, source
        self._sign = np.array(sign)
        alike = device.device_spread is None
        state = device.fabricate((1 if alike else len(target), len(sign)), source)
        low, high = state.bounds
        nominal = device.high - device.low
        self._spread = torch.stack([*state.gain, low, (high - low) / nominal], -1).float()
        self._share = ((target.double() - low) / (high - low)).clamp(0.0, 1.0).float()
        self._read = self._share.clone() if device.write_noise > 0.0 else self._share
        tensors = self._share, self._read, self._spread
        self._arrays = tuple(tensor.numpy() for tensor in tensors)  # which share their memory

    @property
    def step(self) -> float:
        from mho.devices.steps.kernel import step_size

        up, down = (step_size(law, 0.5) for law in self.device.laws())
        return float(0.5 * (up + down) * (self.device.high - self.device.low))

    @property
    def state(self) -> dict[str, Tensor]:
        return {"share": self._share, "read": self._read, "spread": self._spread}

    def restore(self, state: dict[str, Tensor]) -> None:
        for name, own in self.state.items():
            own.copy_(state[name])

    def pulse(self, moves: Moves) -> None:
        from .kernel import pulse_cells

        device = self.device
        pulse_cells(
            moves.weights.numpy(),
            moves.steps.numpy(),
            *self._arrays,
            self._sign,
            device.laws(),
            (device.cycle_noise, device.added_noise, device.write_noise),
            kernel_key(self._source),
        )

    def held(self, weights: Tensor) -> Tensor:
        from .kernel import held_by

        nominal = self.device.high - self.device.low
        answer = torch.empty(len(weights), self._share.shape[1])
        held_by(weights.numpy(), *self._arrays[1:], nominal, answer.numpy())
        return answer
