"""States of cells, whatever a device keeps in them."""

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from torch import Tensor

from .check import argument_error
from .device import CellState

State = TypeVar("State", bound=CellState)


def repeat_cells(state: State, count: int) -> State:
    """State of an array in which every cell stands several times, side by side.

    Copies of one cell are what its futures are drawn from. Tensors of a state have the axes of the
    cells first or last; other values are shared by all cells.

    Args:
        state: State of cells (..., rows, cols).
        count: How often each cell stands in its row; the columns become cols * count.
    """
    repeated: State = _repeated(state, tuple(state.energy.shape), count)
    return repeated


def _repeated(state: Any, shape: tuple[int, ...], count: int) -> Any:
    changes = {}
    for field in fields(state):
        value = getattr(state, field.name)
        if is_dataclass(value):
            changes[field.name] = _repeated(value, shape, count)
        elif isinstance(value, Tensor):
            changes[field.name] = value.repeat_interleave(count, _cols(value, shape, field.name))
    return replace(state, **changes)


def _cols(value: Tensor, shape: tuple[int, ...], name: str) -> int:
    """Axis of the cells' columns."""
    if tuple(value.shape[-len(shape) :]) == shape:
        return value.ndim - 1
    if tuple(value.shape[: len(shape)]) == shape:
        return len(shape) - 1
    must = f"have the cells' axes {shape} first or last in `{name}`"
    raise argument_error("state", must, f"they are {tuple(value.shape)}")
