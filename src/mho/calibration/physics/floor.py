"""What noise leaves of a current, whoever estimates it."""

import torch
from torch import Tensor

from .inverse import Known


def noise_floor(known: Known, conductance: Tensor, voltage: Tensor) -> float:
    r"""Mean squared error that the best linear-Gaussian estimate leaves: A^2.

    It knows the circuit exactly, linearised at each vector with slopes J, and of the voltages
    nothing but their covariance:

    .. math:: \frac{1}{n} \mathrm{tr}\; G^T (\Sigma^{-1} + J J^T / \sigma^2)^{-1} G

    with n the number of columns; the mean is over vectors and arrays. An estimate that knows more
    of the voltages than their covariance can fall below it, and so can one whose vectors are
    nearer to their mean than the covariance tells.

    Args:
        known: The array, its noise, and the voltages.
        conductance: (..., rows, cols), S. What the cells hold.
        voltage: (..., vectors, rows), V. Vectors at which the circuit is linearised.
    """
    rows, cols = conductance.shape[-2:]
    batch = torch.broadcast_shapes(conductance.shape[:-2], voltage.shape[:-2])
    arrays = conductance.double().expand(*batch, rows, cols)
    voltage = voltage.detach().double().expand(*batch, *voltage.shape[-2:]).clone()
    voltage.requires_grad_()
    _, covariance = known.prior.moments(rows)
    with torch.enable_grad():
        current = known.array.read(arrays, voltage).current
        slopes = [
            torch.autograd.grad(column.sum(), voltage, retain_graph=True)[0]
            for column in current.unbind(-1)
        ]
    slope = torch.stack(slopes, -1)
    # In the currents' space, where no noise is no trouble and few columns are few numbers.
    shared = covariance @ slope
    measured = slope.mT @ shared
    level = measured.diagonal(dim1=-2, dim2=-1).mean(-1)[..., None, None]
    eye = torch.eye(cols, dtype=measured.dtype)
    told = shared @ torch.linalg.solve(measured + (known.noise**2 + 1e-12 * level) * eye, shared.mT)
    left = covariance - told
    g = arrays[..., None, :, :]
    return float((g.mT @ left @ g).diagonal(dim1=-2, dim2=-1).mean())
