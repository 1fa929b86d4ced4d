"""What may befall an array after its calibrator was fitted."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from mho.core.check import check_number
from mho.core.random import generator

if TYPE_CHECKING:
    from mho.studies.readout_error import Part, ReadoutError


class Strange(ABC):
    """One way in which readings are unlike those that a calibrator knows."""

    @abstractmethod
    def read(self, data: "ReadoutError", array: str, part: "Part", noise: str) -> "Part":
        """Readings like those of a part, but for this.

        The conductances are those that were programmed, whatever became of them.

        Args:
            data: Tells wires, cells and noise.
            array: Name of the array.
            part: What is programmed, and what drives the rows.
            noise: Name of the noise.
        """


@dataclass(frozen=True, kw_only=True)
class OtherWires(Strange):
    """Wires of another resistance.

    Args:
        factor: What the resistance of a segment is multiplied by.
    """

    factor: float = 2.0

    def __post_init__(self) -> None:
        check_number("factor", self.factor, low=0.0)

    def read(self, data: "ReadoutError", array: str, part: "Part", noise: str) -> "Part":
        known = data.arrays[array]
        other = replace(
            known,
            row_resistance=_times(self.factor, known.row_resistance),
            column_resistance=_times(self.factor, known.column_resistance),
        )
        changed = replace(data, arrays={array: other})
        return _read(changed, array, part, noise, part.conductance, part.voltage)


@dataclass(frozen=True, kw_only=True)
class StuckColumn(Strange):
    """A column whose current no longer depends on the voltages.

    Args:
        column: Number of the column, from 0.
        level: Of its mean current, where it is stuck.
    """

    column: int = 3
    level: float = 0.0

    def __post_init__(self) -> None:
        check_number("column", self.column, low=0)

    def read(self, data: "ReadoutError", array: str, part: "Part", noise: str) -> "Part":
        current = part.current.clone()
        mean = current[..., self.column].mean(-1, keepdim=True)
        current[..., self.column] = self.level * mean
        return replace(part, current=current)


@dataclass(frozen=True, kw_only=True)
class OtherVoltages(Strange):
    """Random voltages of another range.

    Args:
        low: V. Lowest voltage.
        high: V. Highest voltage.
    """

    low: float = 0.5
    high: float = 0.9

    def __post_init__(self) -> None:
        check_number("high", self.high, low=self.low)

    def read(self, data: "ReadoutError", array: str, part: "Part", noise: str) -> "Part":
        share = (part.voltage - data.v_min) / (data.v_max - data.v_min)
        voltage = self.low + (self.high - self.low) * share
        return _read(data, array, part, noise, part.conductance, voltage)


@dataclass(frozen=True, kw_only=True)
class Drifted(Strange):
    """Cells that no longer hold what they were programmed to.

    Args:
        loss: Share of its conductance that each cell lost.
        spread: Standard deviation of what else it changed by, relative to its conductance.
    """

    loss: float = 0.1
    spread: float = 0.0

    def __post_init__(self) -> None:
        check_number("loss", self.loss, low=0.0, high=1.0)
        check_number("spread", self.spread, low=0.0)

    def read(self, data: "ReadoutError", array: str, part: "Part", noise: str) -> "Part":
        drawn = torch.randn(
            part.conductance.shape, dtype=torch.float64, generator=generator(data.seed, 2)
        )
        kept = (1 - self.loss + self.spread * drawn).clamp(min=0.0)
        return _read(data, array, part, noise, kept * part.conductance, part.voltage)


def _times(factor: float, resistance: Any) -> Any:
    """The resistance of every segment, however many are told apart, times a factor."""
    if isinstance(resistance, tuple):
        return tuple(_times(factor, each) for each in resistance)
    return factor * resistance


def _read(
    data: "ReadoutError",
    array: str,
    part: "Part",
    noise: str,
    conductance: Tensor,
    voltage: Tensor,
) -> "Part":
    """A part with what cells of these conductances give at these voltages."""
    current = data.read(array, conductance, voltage, "strange")[noise]
    return replace(part, voltage=voltage, current=current)
