"""Currents of many arrays in as few products of matrices as there can be."""

from torch import Tensor


def product(voltage: Tensor, conductance: Tensor) -> Tensor:
    """What `voltage @ conductance` is: (..., vectors, cols), A.

    Arrays that are driven alike, as tiles of the same inputs are, are one matrix to multiply by if
    they lie side by side in memory. So do their currents then.

    Args:
        voltage: (..., 1 or arrays, vectors, rows), V. Voltages driving the rows.
        conductance: (..., arrays, rows, cols), S. Conductance of the cells.
    """
    if conductance.dim() < 3 or voltage.dim() < 3 or voltage.shape[-3] != 1:
        whole: Tensor = voltage @ conductance
        return whole
    across = conductance.shape[-3]
    joined = voltage.squeeze(-3) @ conductance.transpose(-3, -2).flatten(-2)
    parts: Tensor = joined.unflatten(-1, (across, -1)).transpose(-3, -2)
    return parts
