"""Any device under an effect: a device again."""

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from mho.core import CellState, Device, Pulse
from mho.core.check import check_number, check_same_shape

from .effect import Effect, Switching


@dataclass(frozen=True)
class InTimeState:
    """State of cells under an effect.

    Args:
        cells: State of the cells without the effect.
        effect: State of the effect.
        energy: (..., rows, cols), J. Dissipated since the cell was made, with the effect.
    """

    cells: CellState
    effect: Any
    energy: Tensor


@dataclass(frozen=True, kw_only=True)
class InTime(Device[InTimeState]):
    """A device whose cells feel an effect between and under their pulses.

    Effects stack: the device may itself be an `InTime`. The inner one acts first. The voltages are
    those of the device, and `g_min` and `g_max` those of its cells without the effect.

    Args:
        device: Model of the cells without the effect.
        effect: What happens to them.
    """

    device: Device[Any]
    effect: Effect[Any]
    set_voltage: float = field(init=False, repr=False)
    reset_voltage: float = field(init=False, repr=False)
    read_voltage: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("set_voltage", "reset_voltage", "read_voltage"):
            object.__setattr__(self, name, getattr(self.device, name))

    @property
    def g_min(self) -> float:
        return self.device.g_min

    @property
    def g_max(self) -> float:
        return self.device.g_max

    def noise_free(self) -> "InTime":
        return replace(self, device=self.device.noise_free(), effect=self.effect.noise_free())

    def fabricate(self, shape: tuple[int, ...], generator: torch.Generator) -> InTimeState:
        cells = self.device.fabricate(shape, generator)
        effect = self.effect.fabricate(self.device.conductance(cells), generator)
        return InTimeState(cells, effect, torch.zeros_like(cells.energy))

    def apply(self, state: InTimeState, pulse: Pulse, generator: torch.Generator) -> InTimeState:
        check_same_shape("pulse", pulse.width, state.energy.shape, of="the cells")
        cells = self.device.apply(state.cells, pulse, generator)
        conductances = (self.device.conductance(each) for each in (state.cells, cells))
        switching = Switching.of(self.device, pulse, *conductances)
        effect = self.effect.pulse(state.effect, switching, generator)
        # The effect changes the current, and with it the energy, by the share it has at the start.
        current = self.device.current(state.cells, pulse.amplitude)
        share = self.effect.current(state.effect, current, pulse.amplitude) / current
        taken = (cells.energy - state.cells.energy) * torch.where(current == 0, 1.0, share)
        return InTimeState(cells, effect, state.energy + taken)

    def relax(self, state: InTimeState, time: float, generator: torch.Generator) -> InTimeState:
        check_number("time", time, low=0.0)
        cells = self.device.relax(state.cells, time, generator)
        conductance = self.device.conductance(cells)
        effect = self.effect.relax(state.effect, conductance, time, generator)
        return InTimeState(cells, effect, state.energy)

    def current(self, state: InTimeState, voltage: Tensor) -> Tensor:
        return self.effect.current(state.effect, self.device.current(state.cells, voltage), voltage)
