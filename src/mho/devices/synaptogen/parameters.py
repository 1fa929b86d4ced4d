"""The published parameters of Synaptogen, as arrays."""

import json
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Row = tuple[float, ...]


class Fit(NamedTuple):
    """Parameters that every cell shares.

    A cycle has four features, in this order: HRS (log10 of ohm), SET voltage (V), LRS (ohm) and
    RESET voltage (V).

    Args:
        insulating: (6,). Current of the insulating bound at a voltage, A, highest power first.
        conductive: (7,). Current of the conductive bound, in the same way.
        g_insulating: S. Conductance of the insulating bound at the voltage that defines resistance.
        g_conductive: S. Conductance of the conductive bound there.
        full_reset: V. Largest voltage of the measurement; from there on a RESET is complete.
        bend: Exponent of the current along a RESET.
        shape: (4, 5). Polynomial in a normal number that gives each feature its distribution.
        innovation: (4, 4). What a new cycle owes to four fresh normal numbers.
        memory: (4, 4 * order). What it owes to those of the cycles before, the last cycle first.
    """

    insulating: Row
    conductive: Row
    g_insulating: float
    g_conductive: float
    full_reset: float
    bend: float
    shape: tuple[Row, ...]
    innovation: tuple[Row, ...]
    memory: Array


class Population(NamedTuple):
    """A mixture of normal distributions, out of which the cells of an array are drawn.

    Each cell has eight numbers: the centre of its four features, and their spread from cycle to
    cycle.

    Args:
        weight: (components,). Share of the cells.
        mean: (components, 8). Mean of each component.
        factor: (components, 8, 8). Lower triangular root of each component's covariance.
    """

    weight: Array
    mean: Array
    factor: Array


@cache
def published_fit(order: int) -> Fit:
    """The fit that remembers a number of cycles.

    Args:
        order: Cycles remembered, 1 to 10; each has a fit of its own.
    """
    data = _data()
    insulating, conductive = data["HHRS"], data["LLRS"]
    at = data["U₀"]
    regression = np.array(data[f"VAR_{order:03}"])
    oldest_first = regression[:, 4:].reshape(4, order, 4)
    return Fit(
        insulating=tuple(insulating),
        conductive=tuple(conductive),
        g_insulating=float(np.polyval(insulating, at) / at),
        g_conductive=float(np.polyval(conductive, at) / at),
        full_reset=data["Umax"],
        bend=data["η"],
        shape=tuple(map(tuple, data["γ"])),
        innovation=tuple(map(tuple, regression[:, :4].tolist())),
        memory=oldest_first[:, ::-1].reshape(4, -1),
    )


@cache
def published_population() -> Population:
    """The cells of the measured array."""
    data = _data()
    weight, mean = np.array(data["wk"]), np.array(data["μDtD"]).T
    factor = np.array(data["LDtD"]).reshape(8, len(weight), 8).transpose(1, 0, 2)
    return Population(weight / weight.sum(), mean, np.ascontiguousarray(factor))


def _data() -> dict[str, Any]:
    file = resources.files("mho.devices") / "data" / "synaptogen.json"
    data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return data
