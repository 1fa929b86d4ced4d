"""What shares a wire with each cell: how the arrays' geometry enters a calibration."""

import torch
from torch import Tensor


def row_load(conductance: Tensor) -> Tensor:
    """Conductance on each cell's row, times the segments shared with it: (..., rows, cols), S.

    At equal voltages the row wire takes this times a segment's resistance of a cell's voltage.
    Rows are driven on the left.

    Args:
        conductance: (..., rows, cols), S. Conductances of the cells.
    """
    along = torch.arange(1, conductance.shape[-1] + 1)
    shared: Tensor = torch.minimum(along[:, None], along)
    return conductance @ shared.to(conductance.dtype)


def column_load(conductance: Tensor) -> Tensor:
    """Conductance on each cell's column, times the segments shared with it: (..., rows, cols), S.

    Columns are sensed below.

    Args:
        conductance: (..., rows, cols), S. Conductances of the cells.
    """
    along = torch.arange(conductance.shape[-2], 0, -1)
    shared: Tensor = torch.minimum(along[:, None], along)
    return shared.to(conductance.dtype) @ conductance
