r"""How currents follow the parameters of an array: resistances of wires, laws of cells.

At a circuit that is solved, a change of a parameter acts like sources that are switched on. A
segment of wire with current j whose resistance changes by dR is a source of -j dR in series; a
cell whose current at given voltages changes by di is one whose conductance changes by di over
:math:`\partial i/\partial g`. What each cell feels of such sources is of the kind that
`OperatingPoint` is differentiable in, so that the gradient in all parameters takes the one
transposed solution that the gradient in conductances and voltages takes.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad, softplus

from .cells import Law
from .solve.cell_kernel import BARRIER_SCALE, linearise
from .solve.cell_solver import Equations, Felt, Point
from .wires import Wires

if TYPE_CHECKING:
    from .crossbar import Crossbar


@dataclass(frozen=True)
class ParameterTrial:
    """Parameters of an array as tensors, at their values.

    Args:
        crossbar: The array, with tensors in the place of some numbers; of one element, or one for
            each circuit, all the same: (matrices, vectors, 1, 1).
        law: Of its memristors, in numbers.
    """

    crossbar: "Crossbar"
    law: Law

    def felt(self, felt: Felt, point: Point, circuit: tuple[Equations, Wires]) -> Felt:
        """The same numbers, with the gradient that the parameters have through them.

        Args:
            felt: Conductance, driving and held voltage of each cell.
            point: Where the circuits have settled.
            circuit: Parameters and gate voltages of the cells, and the wires.
        """
        conductance, voltage, held = felt
        equations, wires = circuit
        row, column, current = (torch.from_numpy(x) for x in point)
        array, like = self.crossbar, current[..., :1, :1]
        along = _change(array.row_resistance, like), _change(array.driver_resistance, like)
        down = _change(array.column_resistance, like), _change(array.sense_resistance, like)
        voltage = voltage + _wire_sources(current, wires.row, along)
        sources = _wire_sources(-current.mT, wires.column.T, down)
        held = held + sources.mT
        trial = array.cell.parameters((current.shape[-2], current.shape[-1]))[0]
        sources = _cell_sources(conductance, [row, column], self.law, equations, trial)
        return conductance + sources, voltage, held


def _change(value: Any, like: Tensor) -> Tensor:
    """Nothing, with the gradient of a value: of the shape of `like`, or one element for each."""
    if not isinstance(value, Tensor):
        return torch.zeros_like(like)
    return (value - value.detach()).expand(like.shape)


def _wire_sources(
    drawn: Tensor, segments: NDArray[np.float64], changes: tuple[Tensor, Tensor]
) -> Tensor:
    """Voltages, all zero, that changed resistances put in series with each cell.

    Args:
        drawn: (..., wires, nodes), A. What the cells draw from the wires.
        segments: Wires by nodes + 1 resistances, in ohm, from the driven end on.
        changes: (..., 1, 1), ohm. Of each segment between nodes or ends, and of what is in series
            with the ends.
    """
    there = torch.from_numpy(np.isfinite(segments))
    ends = torch.zeros_like(there)
    ends[:, 0] = ends[:, -1] = True
    change = there * (changes[0] + ends * changes[1])
    resistance = torch.from_numpy(np.where(np.isfinite(segments), segments, _OPEN)) + _SHORT
    before = pad(drawn.cumsum(-1), (1, 0))
    total = resistance.sum(-1, keepdim=True)
    first = (resistance * before).sum(-1, keepdim=True) / total
    source = -change * (first - before)
    passed = source.cumsum(-1)[..., :-1]
    to_far_end = (total - resistance.cumsum(-1)[..., :-1]) / total
    return passed - source.sum(-1, keepdim=True) * (1 - to_far_end)


def _cell_sources(
    conductance: Tensor, nodes: list[Tensor], law: Law, equations: Equations, trial: Any
) -> Tensor:
    """Conductances, all zero, that act like changed parameters of the cells.

    Memristor and transistor share a change of either: what one of them carries more at given
    voltages, the cell carries in part, since the voltage between them moves.
    """
    g = conductance.detach()
    conducts = g > 0
    parameters, gates = equations
    current, rise, _ = _linearised(g, nodes, equations)
    u = law.voltage(current / torch.where(conducts, g, 1.0))
    f, slope = memristor(parameters, u)
    share = torch.where(conducts, rise / (g * slope), 0.0)
    changed = share * g * memristor(trial, u)[0]
    if parameters[3] > 0.0:
        gate = torch.from_numpy(np.ascontiguousarray(gates))
        changed = changed + (1 - share) * transistor(trial, gate, nodes[0] - u, nodes[1])
    by_g = f * share
    moves = by_g != 0
    return torch.where(moves, (changed - changed.detach()) / torch.where(moves, by_g, 1.0), 0.0)


def _linearised(conductance: Tensor, nodes: list[Tensor], equations: Equations) -> Tensor:
    """Current of each cell and its slopes: (3, matrices, vectors, rows, cols)."""
    shape = conductance.shape
    arrays = [x.reshape(-1, *shape[-2:]).contiguous().numpy() for x in (conductance, *nodes)]
    answer = np.empty((3, *arrays[0].shape))
    parameters, gates = equations
    linearise(*arrays, parameters, np.ascontiguousarray(gates), answer)
    return torch.from_numpy(answer).reshape(3, *shape)


def memristor(parameters: Any, voltage: Tensor) -> tuple[Tensor, Tensor]:
    """Current over conductance, (...), V, and its slope, (...), 1; as the compiled one has it.

    Args:
        parameters: Of the cell, as its `parameters` method orders them; numbers or tensors.
        voltage: (...), V. Across the memristor.
    """
    k, s, c = parameters[:3]
    ohmic = not isinstance(s, Tensor) and s == 0.0
    value = voltage if ohmic else torch.sinh(s * voltage) / s
    slope = torch.ones_like(voltage) if ohmic else torch.cosh(s * voltage)
    return k * (value + c * voltage**3), k * (slope + 3 * c * voltage**2)


def transistor(parameters: Any, gate: Tensor, drain: Tensor, source: Tensor) -> Tensor:
    """Current of the access transistor: (...), A; as the compiled one has it.

    Args:
        parameters: Of the cell, as its `parameters` method orders them; numbers or tensors.
        gate: (rows, cols), V. Gate voltage.
        drain: (...), V. Between memristor and transistor.
        source: (...), V. At the column.
    """
    current, twice_ut, n, threshold, bend, sigma = parameters[3:]
    root = ((drain - source) ** 2 + BARRIER_SCALE**2).sqrt()
    pinch_off = (gate - threshold + sigma * (root - BARRIER_SCALE)) / n
    qs, qd = (softplus((pinch_off - end) / twice_ut, threshold=_LINEAR) for end in (source, drain))
    factored = (qs - qd) * (qs + qd + bend * qs * qd)
    value: Tensor = current * factored / ((1 + bend * qs) * (1 + bend * qd))
    return value


# A segment that is open carries nothing. Two ends without resistance share the current evenly.
_OPEN, _SHORT = 1e30, 1e-12

# Where e^-x is lost to rounding beside x.
_LINEAR = 40.0
