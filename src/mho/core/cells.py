"""States of cells, whatever a device keeps in them."""

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from torch import Tensor

from .check import argument_error
from .device import CellState

State = TypeVar("State", bound=CellState)


def take_columns(state: State, columns: Tensor) -> State:
    """State of an array made of some columns of another, each as often as it is named.

    Copies of a cell are what its futures are drawn from. Tensors of a state have the axes of the
    cells first or last; other values are shared by all cells.

    Args:
        state: State of cells (..., rows, cols).
        columns: (n,). Numbers of the columns taken.
    """
    taken: State = _taken(state, tuple(state.energy.shape), columns)
    return taken


def _taken(state: Any, shape: tuple[int, ...], columns: Tensor) -> Any:
    changes = {}
    for field in fields(state):
        value = getattr(state, field.name)
        if is_dataclass(value):
            changes[field.name] = _taken(value, shape, columns)
        elif isinstance(value, Tensor):
            changes[field.name] = value.index_select(_cols(value, shape, field.name), columns)
    return replace(state, **changes)


def _cols(value: Tensor, shape: tuple[int, ...], name: str) -> int:
    """Axis of the cells' columns."""
    if tuple(value.shape[-len(shape) :]) == shape:
        return value.ndim - 1
    if tuple(value.shape[: len(shape)]) == shape:
        return len(shape) - 1
    must = f"have the cells' axes {shape} first or last in `{name}`"
    raise argument_error("state", must, f"they are {tuple(value.shape)}")
