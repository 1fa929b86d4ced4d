"""Solutions of arrays that share nothing with the library's solvers: truth, and peers' timings."""

import logging
import os
import subprocess
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from scipy.sparse.linalg import splu

from mho.crossbar import Cell, Crossbar

Vector = NDArray[np.float64]

STEPS = 100
LEAST_STEP = 1e-6
NEWTON_STEP = 1e-14
"""Of the node voltages, relative to the highest drive, after which nothing changes any more."""


def sparse_lu(
    conductance: torch.Tensor, voltage: torch.Tensor, wire: float, refine: int = 0
) -> Vector:
    """Currents of ohmic cells, (vectors, cols), by SuperLU and steps of refinement."""
    rows, cols = conductance.shape
    slopes = conductance.numpy().ravel()
    matrix = sp.csc_matrix(_wires(rows, cols) + wire * _cells(slopes, slopes))
    drive = np.zeros((2 * rows * cols, len(voltage)))
    drive[np.arange(rows) * cols] = voltage.numpy().T
    lu = _factor(matrix)
    node = lu.solve(drive)
    for _ in range(refine):
        node += lu.solve(drive - matrix @ node)
    return np.asarray(node[-cols:].T / wire)


def tight_newton(
    cell: Cell, conductance: torch.Tensor, voltage: torch.Tensor, wire: float
) -> Vector:
    """Currents of any cells for one vector, (cols,), by Newton's method on all nodes at once."""
    rows, cols = conductance.shape
    wires = _wires(rows, cols) / wire
    drive = np.zeros(2 * rows * cols)
    drive[np.arange(rows) * cols] = voltage.numpy() / wire

    def excess(node: Vector) -> tuple[Vector, Vector, Vector]:
        ends = torch.from_numpy(node).reshape(2, rows, cols)
        current, rise, fall = (x.numpy().ravel() for x in cell.linearised(conductance, *ends))
        return wires @ node + np.concatenate([current, -current]) - drive, rise, fall

    node = np.concatenate([np.repeat(voltage.numpy(), cols), np.zeros(rows * cols)])
    residual, rise, fall = excess(node)
    for _ in range(STEPS):
        step = _factor(sp.csc_matrix(wires + _cells(rise, fall))).solve(residual)
        share = 1.0
        tried = excess(node - step)
        while np.abs(tried[0]).sum() > np.abs(residual).sum() and share > LEAST_STEP:
            share /= 2
            tried = excess(node - share * step)
        small = np.abs(step).max() <= NEWTON_STEP * np.abs(node).max()
        if share > LEAST_STEP:
            node, (residual, rise, fall) = node - share * step, tried
        if small or share <= LEAST_STEP:  # rounding is all that is left
            break
    else:
        raise RuntimeError(f"The reference did not settle within {STEPS} steps.")
    if np.abs(step).max() > 1e3 * NEWTON_STEP * np.abs(node).max():
        raise RuntimeError("The reference stopped before it had settled.")
    return node[-cols:] / wire


def badcrossbar(conductance: torch.Tensor, voltage: torch.Tensor, wire: float) -> Vector:
    """Currents, (vectors, cols), by the package of that name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)  # it plots with what is not needed here
        import badcrossbar as package

    logging.getLogger("badcrossbar").setLevel(logging.ERROR)
    logging.disable(logging.INFO)
    solution = package.compute(voltage.numpy().T, (1 / conductance).numpy(), wire)
    return np.atleast_2d(solution.currents.output)


def ngspice(
    crossbar: Crossbar, conductance: torch.Tensor, voltage: torch.Tensor
) -> tuple[float, Vector]:
    """Processor time in s and currents, (vectors, cols), of one sweep over all vectors."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "array.cir").write_text(crossbar.netlist(conductance, voltage), "ascii")
        process = subprocess.Popen(
            ["ngspice", "-n", "-b", "-r", "array.raw", "array.cir"],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise RuntimeError(f"ngspice failed with status {status}.")
        header, _, body = Path(folder, "array.raw").read_bytes().partition(b"Binary:\n")
    names = [x.split()[1] for x in header.decode().partition("Variables:\n")[2].splitlines()]
    values = np.frombuffer(body).reshape(len(voltage), len(names))
    columns = [names.index(f"i(vsense_{col})") for col in range(conductance.shape[-1])]
    return usage.ru_utime + usage.ru_stime, values[:, columns]


def _wires(rows: int, cols: int) -> Any:
    """Admittance among row nodes, then column nodes, of segments of 1 S."""
    row, column = (
        sp.kron(sp.eye(rows), _chain(cols)),
        sp.kron(_chain(rows)[::-1, ::-1], sp.eye(cols)),
    )
    return sp.block_diag([row, column], format="csc")


def _cells(rise: Vector, fall: Vector) -> Any:
    """Admittance of cells whose current rises with one end's voltage and falls with the other's."""
    a, b = sp.diags(rise), sp.diags(fall)
    return sp.bmat([[a, -b], [-a, b]], format="csc")


def _chain(nodes: int) -> Any:
    """Segments in a row, tied to a source at the first node."""
    degree = np.r_[np.full(nodes - 1, 2.0), 1.0]
    link = -np.ones(nodes - 1)
    return sp.csr_matrix(sp.diags([link, degree, link], [-1, 0, 1]))


def _factor(matrix: Any) -> Any:
    return splu(matrix, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
