"""Whether open segments leave a part of the array without a voltage."""

import numpy as np
import torch
from torch import Tensor

from mho.core.check import argument_error
from mho.crossbar.wires import Wires


def check_nothing_floats(conductance: Tensor, wires: Wires) -> None:
    """Refuse an array with a node that is connected to no driver and no sense amplifier.

    Only open segments can cut a node off, and only if no conducting cell leads around them.

    Args:
        conductance: (..., rows, cols), S. Conductance of the cells.
        wires: Segments of the array.
    """
    rows, cols = conductance.shape[-2:]
    row, column = np.isfinite(wires.row), np.isfinite(wires.column.T)
    if all(x[:, 1:-1].all() and (x[:, 0] | x[:, -1]).all() for x in (row, column)):
        return
    conducts = conductance.detach().reshape(-1, rows, cols) > 0
    on_row, on_column, known = torch.zeros_like(conducts), torch.zeros_like(conducts), -1
    while (count := int(on_row.sum() + on_column.sum())) > known:
        known = count
        on_row = _along(on_row | on_column & conducts, torch.from_numpy(row.T), -1)
        on_column = _along(on_column | on_row & conducts, torch.from_numpy(column.T), -2)
    for name, reached in (("row_resistance", on_row), ("column_resistance", on_column)):
        if not reached.all():
            *_, r, c = (~reached).nonzero()[0].tolist()
            but = (
                f"the node at row {r}, column {c} is connected to no driver and no sense amplifier"
            )
            remedy = "Close a segment, or give the cells of that part a conductance."
            raise argument_error(name, "leave no part of a wire floating", but, remedy)


def _along(reached: Tensor, joined: Tensor, dim: int) -> Tensor:
    """Nodes reached along their wires, from both ends and from those reached already."""
    nodes = list(reached.unbind(dim))
    count = len(nodes)
    before = joined[0]
    for k in range(count):
        nodes[k] = nodes[k] | before
        before = nodes[k] & joined[k + 1]
    before = joined[count]
    for k in range(count - 1, -1, -1):
        nodes[k] = nodes[k] | before
        before = nodes[k] & joined[k]
    return torch.stack(nodes, dim)
