"""Steps that are pulses: a weight moves as far as its cells do."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mho.core import Device
from mho.core.check import argument_error, check_number
from mho.devices.steps import StepDevice
from mho.nn.layer import Layer

from .cells import Cells, StepCells
from .device_cells import DeviceCells
from .moves import Moves
from .steps import LayerSteps, Steps


@dataclass(frozen=True, kw_only=True)
class PulseSteps(Steps):
    """Identical pulses on the cells of a weight; nobody looks at what they did.

    Of a differential pair both cells are pulsed, one up and one down. Cells of step devices are
    fastest, since only those are touched that are pulsed.

    Args:
        device: Model of the cells; its range is that of the mapping, or takes it in.
        width: s. Width of a pulse; a step device brings its own.
    """

    device: Device[Any]
    width: float | None = None

    def __post_init__(self) -> None:
        if self.width is None and not isinstance(self.device, StepDevice):
            but = f"is left out for {type(self.device).__name__}"
            remedy = "Give one that makes a small step."
            raise argument_error("width", "be that of a pulse", but, remedy)
        if self.width is not None:
            check_number("width", self.width, low=0.0, above=True)

    def of(self, layer: Layer, source: torch.Generator) -> "PulsedLayer":
        return PulsedLayer(layer, self, source)

    def cells(self, sign: tuple[int, ...], target: Tensor, source: torch.Generator) -> Cells:
        """Cells that start from targets.

        Args:
            sign: Whether each cell of a weight raises or lowers it.
            target: (weights, cells of a weight), S. What they are to hold at first.
            source: Of the cells' spread and their noise.
        """
        device = self.device
        if isinstance(device, StepDevice) and self.width in (None, device.pulse_width):
            return StepCells(device, sign, target, source)
        assert self.width is not None
        return DeviceCells(device, self.width, sign, target, source)


class PulsedLayer(LayerSteps):
    """Steps of a layer that are pulses.

    Args:
        layer: The layer.
        steps: Settings.
        source: Of the cells' spread and their noise.
    """

    def __init__(self, layer: Layer, steps: PulseSteps, source: torch.Generator) -> None:
        super().__init__(layer)
        held = layer.conductance.flatten()[self.places.cells]
        self.cells = steps.cells(self.places.sign, held, source)
        self._size = self.cells.step * held.shape[1] * self.places.per_siemens.float()
        self._show(Moves.all_by(len(held), 0).weights)

    @property
    def size(self) -> Tensor:
        return self._size

    @property
    def state(self) -> dict[str, Tensor]:
        return self.cells.state

    def restore(self, state: dict[str, Tensor]) -> None:
        self.cells.restore(state)

    def move(self, moves: Moves) -> None:
        self.cells.pulse(moves)
        self._show(moves.weights)

    def _show(self, weights: Tensor) -> None:
        self.places.show(self.layer, weights, self.cells.held(weights))
