"""How it is known where a fast array is at zero."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core.check import check_number

from .fast_array import FastArray
from .moves import Moves


class LayerZero(ABC):
    """Tells gradients from what the fast array of a layer holds without them."""

    @property
    @abstractmethod
    def state(self) -> dict[str, Tensor]:
        """What a checkpoint has to hold."""

    def restore(self, state: dict[str, Tensor]) -> None:
        """Take over what `state` was.

        Args:
            state: Tensors by name.
        """
        for name, own in self.state.items():
            own.copy_(state[name])

    @abstractmethod
    def driven(self, gradient: Tensor) -> Tensor:
        """What the array takes of a gradient: (outputs, inputs), 1.

        Args:
            gradient: (outputs, inputs), 1. Gradient with respect to the weights.
        """

    @abstractmethod
    def told(self, columns: Tensor, read: Tensor) -> Tensor:
        """What readings tell of the sum of gradients: (outputs, n), in steps.

        Args:
            columns: (n,). Inputs whose columns were read.
            read: (outputs, n), 1. What they hold, in steps of the array.
        """


class Zero(ABC):
    """Says how a fast array's zero becomes known. Subclasses are frozen dataclasses."""

    @abstractmethod
    def of(self, array: FastArray, outputs: int, inputs: int) -> LayerZero:
        """The zero of the fast array of a layer.

        Args:
            array: The array; it may be pulsed.
            outputs: Outputs of the layer.
            inputs: Inputs of each.
        """


@dataclass(frozen=True, kw_only=True)
class Turned(Zero):
    """Pulses up and down in turn bring the cells to where both move them alike, at first.

    Args:
        turns: Pulses each way.
    """

    turns: int = 200

    def __post_init__(self) -> None:
        check_number("turns", self.turns, low=0)

    def of(self, array: FastArray, outputs: int, inputs: int) -> LayerZero:
        up, down = (Moves.all_by(outputs * inputs, steps) for steps in (1, -1))
        for _ in range(self.turns):
            array.cells.pulse(up)
            array.cells.pulse(down)
        return _Known(array.read(up.weights).view(outputs, inputs))


@dataclass(frozen=True, kw_only=True)
class Chopped(Zero):
    """Gradients change their sign from time to time, and what does not change with them is zero.

    The mean of a column's readings between two changes is what those after the second are counted
    from. Nothing has to be brought to zero first, and zero may wander. With it Tiki-taka becomes
    the accumulation with a dynamic reference (AGAD) of Rasch et al., Nat. Commun. 15 (2024), doi
    10.1038/s41467-024-51221-z.

    Args:
        readings: Readings of a column after which its gradients change sign.
    """

    readings: int = 10

    def __post_init__(self) -> None:
        check_number("readings", self.readings, low=1)

    def of(self, array: FastArray, outputs: int, inputs: int) -> LayerZero:
        return _Chopped(self.readings, outputs, inputs)


class _Known(LayerZero):
    def __init__(self, zero: Tensor) -> None:
        self._zero = zero

    @property
    def state(self) -> dict[str, Tensor]:
        return {"zero": self._zero}

    def driven(self, gradient: Tensor) -> Tensor:
        return gradient

    def told(self, columns: Tensor, read: Tensor) -> Tensor:
        return read - self._zero[:, columns]


class _Chopped(LayerZero):
    def __init__(self, readings: int, outputs: int, inputs: int) -> None:
        self._readings = readings
        self._sign, self._times = torch.ones(inputs), torch.zeros(inputs)
        self._mean = torch.zeros(outputs, inputs)
        self._reference = torch.full((outputs, inputs), torch.nan)

    @property
    def state(self) -> dict[str, Tensor]:
        names = ("sign", "times", "mean", "reference")
        return {f"zero_{name}": getattr(self, f"_{name}") for name in names}

    def driven(self, gradient: Tensor) -> Tensor:
        return gradient * self._sign

    def told(self, columns: Tensor, read: Tensor) -> Tensor:
        told = self._sign[columns] * (read - self._reference[:, columns])
        self._times[columns] += 1.0
        self._mean[:, columns] += (read - self._mean[:, columns]) / self._times[columns]
        over = columns[self._times[columns] >= self._readings]
        self._reference[:, over] = self._mean[:, over]
        self._sign[over] *= -1.0
        self._times[over] = 0.0
        return told.nan_to_num(0.0)  # of columns that have no reference yet
