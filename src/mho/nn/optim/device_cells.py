"""Cells of any device, all of them pulsed at once by the device's own equations."""

from dataclasses import fields, replace
from typing import Any

import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.check import argument_error

from .cells import Cells
from .moves import Moves

_MOST = 1000  # pulses to bring a cell to where a weight starts; some bounds are never reached


class DeviceCells(Cells):
    """Cells of any device, moved by identical pulses one after the other.

    Args:
        device: Model of the cells.
        width: s. Width of a pulse.
        sign: Whether each cell of a weight raises or lowers it.
        target: (weights, cells of a weight), S. What the cells are brought to at first, pulse by
            pulse until they pass it.
        source: Of the cells' spread and their noise.
    """

    def __init__(
        self,
        device: Device[Any],
        width: float,
        sign: tuple[int, ...],
        target: Tensor,
        source: torch.Generator,
    ) -> None:
        self.device, self.width, self._source = device, width, source
        self._sign = torch.tensor(sign, dtype=torch.int32)
        self._state = self._brought(device, target.double().clamp(max=device.g_max))
        self._step = self._measured_step()

    @property
    def step(self) -> float:
        return self._step

    @property
    def state(self) -> dict[str, Tensor]:
        return {
            f.name: getattr(self._state, f.name)
            for f in fields(self._state)
            if isinstance(getattr(self._state, f.name), Tensor)
        }

    def restore(self, state: dict[str, Tensor]) -> None:
        own = self.state
        self._state = replace(self._state, **{k: state[k].to(own[k].dtype) for k in own})

    def pulse(self, moves: Moves) -> None:
        count = torch.zeros(self._state.energy.shape, dtype=torch.int32)
        count[moves.weights] = moves.steps[:, None] * self._sign
        self._state = self._pulsed(self.device, self._state, count)

    def held(self, weights: Tensor) -> Tensor:
        return self.device.conductance(self._state)[weights].float()

    def _pulsed(self, device: Device[Any], state: Any, count: Tensor) -> Any:
        amplitude = torch.where(count > 0, device.set_voltage, device.reset_voltage).double()
        pulse = Pulse(amplitude, self.width * count.abs().double())
        return device.apply(state, pulse, self._source)

    def _brought(self, device: Device[Any], target: Tensor) -> Any:
        """State of fresh cells that were pulsed until they passed their targets."""
        state = device.fabricate(tuple(target.shape), self._source)
        for _ in range(_MOST):
            short = device.conductance(state) < target
            if not short.any():
                break
            state = self._pulsed(device, state, short.int())
        return state

    def _measured_step(self) -> float:
        """Mean of a step up and a step down of a cell in the middle that has no noise."""
        device = self.device.noise_free()
        middle = torch.full((1, 1), 0.5 * (device.g_min + device.g_max), dtype=torch.float64)
        state = self._brought(device, middle)
        before = device.conductance(state)
        steps = [
            (device.conductance(self._pulsed(device, state, torch.tensor([[count]]))) - before)
            for count in (1, -1)
        ]
        size = 0.5 * (steps[0] - steps[1]).item()
        if size <= 0.0:
            must = "move a cell in the middle of its range"
            raise argument_error("width", must, f"does not at {self.width:.3g} s", "Take another.")
        return size
