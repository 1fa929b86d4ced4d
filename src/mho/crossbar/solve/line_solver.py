r"""Nodal equations of an array of ohmic cells, solved line by line, compiled.

With every row wire eliminated, which a ladder does exactly, the voltages x of the column nodes
obey the symmetric equations

.. math:: (T - G\,R^{-1} G)\,x = b

where T couples the nodes of each column, R those of each row, and G is the conductance of the
cells. Conjugate gradients solve them with T, again a set of ladders, as the preconditioner. It
takes the more iterations the more of the voltage the wires lose, some ten in a useful array.

A ladder is swept towards its near end and back, the left one of a row and the lower one of a
column. Seen from a node away from that end is a conductance y, which includes the other end where
that is connected. Through the segment R towards the near end, a node gets q = 1 / (1 + R y) of its
neighbour's voltage and R q volts per ampere. Both stay finite for 0 ohm and for open segments.
"""

import math

import numpy as np
from numba import njit

from mho.core.inner import inner

LANES = 8  # rows that are swept side by side, as many as a vector register holds
FAST = {"contract", "reassoc", "nsz"}


@njit(cache=True, nogil=True, fastmath=FAST, error_model="numpy")
def solve(conductance, wires, voltage, across, column, begin, end, tolerance, limit):
    """Replace the currents injected by the voltages across the cells and of the column nodes.

    Args:
        conductance: (matrices, rows, cols), S.
        wires: Ohm. Segments of the rows, (rows, cols + 1), and of the columns, (rows + 1, cols).
        voltage: (matrices, vectors, rows), V. Voltages driving the rows.
        across: (matrices, vectors, rows, cols), A. Injected into the row node of each cell and
            drawn from its column node; overwritten by the cells' voltage in V.
        column: (matrices, vectors, rows, cols), A. Injected into the column node of each cell;
            overwritten by that node's voltage in V.
        begin: First circuit to solve, numbered matrix by matrix.
        end: First circuit not to solve.
        tolerance: Of the residual, relative, in the norm of the preconditioner.
        limit: Most iterations for a circuit.

    Returns:
        Number of circuits that did not converge.
    """
    _, rows, cols = conductance.shape
    row_wires, column_wires = wires
    panels = (rows + LANES - 1) // LANES
    row_pass, row_gain = np.zeros((2, panels, cols, LANES))
    column_pass, column_gain = np.empty((2, rows, cols))
    panel = np.zeros((cols + 1, LANES))
    work = np.empty((5, rows, cols))
    failures, factored = 0, -1
    for circuit in range(begin, end):
        matrix, vector = divmod(circuit, voltage.shape[1])
        g = conductance[matrix]
        if matrix != factored:
            factor_rows(g, row_wires, row_pass, row_gain)
            factor_columns(g, column_wires, column_pass, column_gain)
            factored = matrix
        v, u, x = voltage[matrix, vector], across[matrix, vector], column[matrix, vector]
        rows_of_cells = g, row_wires, row_pass, row_gain
        columns = column_pass, column_gain
        failures += not _settle(rows_of_cells, columns, v, u, x, work, panel, tolerance, limit)
    return failures


@inner(cache=True, error_model="numpy")
def _settle(rows_of_cells, columns, v, u, x, work, panel, tolerance, limit):
    """Conjugate gradients for one circuit; whether they converged."""
    g, wires, row_pass, row_gain = rows_of_cells
    column_pass, column_gain = columns
    r, p, s, z, w = work
    _start(g, wires, row_pass, row_gain, v, u, x, r, panel)
    for row in range(len(x)):
        for c in range(x.shape[1]):
            x[row, c] = p[row, c] = s[row, c] = w[row, c] = 0.0
    size = _step_columns(column_pass, column_gain, 0.0, x, r, p, w, z)
    goal, beta = size * tolerance**2, 0.0
    for _ in range(limit):
        if not size > goal:
            break
        alpha = size / _step_rows(g, row_pass, row_gain, beta, z, r, p, s, w, panel)
        last = size
        size = _step_columns(column_pass, column_gain, alpha, x, r, p, w, z)
        beta = size / last
    _finish(g, wires, row_pass, row_gain, v, x, u, panel)
    return size <= goal  # false for NaN


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _segment(resistance, y):
    """What a segment passes on, its volts per ampere, and the conductance seen through it."""
    held, opened = math.isinf(y), math.isinf(resistance)
    share = 0.0 if held or opened else 1.0 / (1.0 + resistance * y)
    gain = 1.0 / y if opened else resistance * share
    return share, gain, 1.0 / resistance if held else y * share


@inner(cache=True, error_model="numpy")
def factor_rows(g, wires, row_pass, row_gain):
    """What each segment passes on, seen from the left end."""
    rows, cols = g.shape
    y = np.empty(LANES)
    for first in range(0, rows, LANES):
        shares, gains = row_pass[first // LANES], row_gain[first // LANES]
        lanes = min(LANES, rows - first)
        for k in range(lanes):
            y[k] = 1.0 / wires[first + k, cols]
        for c in range(cols - 1, -1, -1):
            for k in range(lanes):
                seen = y[k] + g[first + k, c]
                shares[c, k], gains[c, k], y[k] = _segment(wires[first + k, c], seen)


@inner(cache=True, error_model="numpy")
def factor_columns(g, wires, column_pass, column_gain):
    """What each segment passes on, seen from the lower end."""
    rows, cols = g.shape
    y = 1.0 / wires[0]
    for r in range(rows):
        for c in range(cols):
            share, gain, seen = _segment(wires[r + 1, c], y[c] + g[r, c])
            column_pass[r, c], column_gain[r, c], y[c] = share, gain, seen


@inner(cache=True, fastmath=FAST)
def sweep(panel, lanes, row_pass, row_gain):
    """Node voltages of `LANES` rows: of the sources in line 0, in place of the currents after."""
    cols = len(row_pass)
    for k in range(lanes, LANES):
        for c in range(cols + 1):
            panel[c, k] = 0.0
    for c in range(cols - 1, 0, -1):
        for k in range(LANES):
            panel[c, k] += row_pass[c, k] * panel[c + 1, k]
    for c in range(cols):
        for k in range(LANES):
            panel[c + 1, k] = row_pass[c, k] * panel[c, k] + row_gain[c, k] * panel[c + 1, k]


@inner(cache=True, fastmath=FAST, error_model="numpy")
def _far(wires, row, v):
    """Voltage at the right end of a row, from which its node voltages are counted.

    An end that is not connected has none, and counting from 0 V keeps small voltages exact.
    """
    return v[row] if 1.0 / wires[row, -1] > 0.0 else 0.0


@inner(cache=True, fastmath=FAST)
def _start(g, wires, row_pass, row_gain, v, u, x, r, panel):
    """Right-hand side of the column nodes' equations: what flows into grounded columns."""
    rows, cols = g.shape
    for first in range(0, rows, LANES):
        lanes = min(LANES, rows - first)
        for k in range(lanes):
            row = first + k
            far = _far(wires, row, v)
            panel[0, k] = v[row] - far
            for c in range(cols):
                panel[c + 1, k] = u[row, c] - g[row, c] * far
        sweep(panel, lanes, row_pass[first // LANES], row_gain[first // LANES])
        for k in range(lanes):
            row = first + k
            far = _far(wires, row, v)
            for c in range(cols):
                r[row, c] = g[row, c] * (far + panel[c + 1, k]) - u[row, c] + x[row, c]


@inner(cache=True, fastmath=FAST)
def _step_rows(g, row_pass, row_gain, beta, z, r, p, s, w, panel):
    """New direction p, with s = T p, the operator's w = A p and the curvature p·w."""
    rows, cols = g.shape
    curvature = 0.0
    for k in range(LANES):
        panel[0, k] = 0.0
    for first in range(0, rows, LANES):
        lanes = min(LANES, rows - first)
        for k in range(lanes):
            row = first + k
            for c in range(cols):
                p[row, c] = z[row, c] + beta * p[row, c]
            for c in range(cols):
                s[row, c] = r[row, c] + beta * s[row, c]
            for c in range(cols):
                panel[c + 1, k] = g[row, c] * p[row, c]
        sweep(panel, lanes, row_pass[first // LANES], row_gain[first // LANES])
        for k in range(lanes):
            row = first + k
            for c in range(cols):
                w[row, c] = s[row, c] - g[row, c] * panel[c + 1, k]
            for c in range(cols):
                curvature += p[row, c] * w[row, c]
    return curvature


@inner(cache=True, fastmath=FAST)
def _step_columns(column_pass, column_gain, alpha, x, r, p, w, z):
    """Move along the direction and precondition the new residual; its size r·z."""
    rows, cols = x.shape
    for row in range(rows):
        for c in range(cols):
            x[row, c] += alpha * p[row, c]
        for c in range(cols):
            r[row, c] -= alpha * w[row, c]
        if row == 0:
            for c in range(cols):
                z[0, c] = r[0, c]
        else:
            for c in range(cols):
                z[row, c] = r[row, c] + column_pass[row - 1, c] * z[row - 1, c]
    size = 0.0
    for row in range(rows - 1, -1, -1):
        if row == rows - 1:
            for c in range(cols):
                z[row, c] = column_gain[row, c] * z[row, c]
        else:
            for c in range(cols):
                z[row, c] = column_pass[row, c] * z[row + 1, c] + column_gain[row, c] * z[row, c]
        for c in range(cols):
            size += r[row, c] * z[row, c]
    return size


@inner(cache=True, fastmath=FAST)
def _finish(g, wires, row_pass, row_gain, v, x, u, panel):
    """Voltage across the cells, from that of the column nodes."""
    rows, cols = g.shape
    for first in range(0, rows, LANES):
        lanes = min(LANES, rows - first)
        for k in range(lanes):
            row = first + k
            far = _far(wires, row, v)
            panel[0, k] = v[row] - far
            for c in range(cols):
                panel[c + 1, k] = u[row, c] + g[row, c] * (x[row, c] - far)
        sweep(panel, lanes, row_pass[first // LANES], row_gain[first // LANES])
        for k in range(lanes):
            row = first + k
            far = _far(wires, row, v)
            for c in range(cols):
                u[row, c] = far + panel[c + 1, k] - x[row, c]
