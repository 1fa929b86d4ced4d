r"""Nodal equations of an array of ohmic cells, solved line by line, compiled.

With every row wire eliminated, which a ladder does exactly, the voltages x of the column nodes
obey the symmetric equations

.. math:: (T - G\,R^{-1} G)\,x = b

where T couples the nodes of each column, R those of each row, and G is the conductance of the
cells. Conjugate gradients solve them with T, again a set of ladders, as the preconditioner. It
takes the more iterations the more of the voltage the wires lose, some ten in a useful array.

A ladder is written with resistances and never divides by one, so that 0 ohm is nothing special:
y is the conductance seen from a node away from the supported end of its wire, q = 1 / (1 + R y)
what a segment passes on of a voltage, and J the current that would leave the node.
"""

import numpy as np
from numba import njit

LANES = 8  # rows that are swept side by side, as many as a vector register holds
FAST = {"contract", "reassoc", "nsz"}


@njit(cache=True, nogil=True, fastmath=FAST, error_model="numpy")
def solve(conductance, resistance, voltage, current, begin, end, tolerance, limit):
    """Replace the current injected across each cell by the voltage across it.

    Args:
        conductance: (matrices, rows, cols), S.
        resistance: Ohm. Of a row segment and of a column segment.
        voltage: (matrices, vectors, rows), V. Voltages driving the rows.
        current: (matrices, vectors, rows, cols), A. Injected into the row node of each cell and
            drawn from its column node; overwritten by the cells' voltage in V.
        begin: First circuit to solve, numbered matrix by matrix.
        end: First circuit not to solve.
        tolerance: Of the residual, relative, in the norm of the preconditioner.
        limit: Most iterations for a circuit.

    Returns:
        Number of circuits that did not converge.
    """
    _, rows, cols = conductance.shape
    row_resistance, column_resistance = resistance
    panels = (rows + LANES - 1) // LANES
    row_pass = np.ones((panels, cols, LANES))
    column_pass = np.empty((rows, cols))
    panel = np.zeros((cols + 1, LANES))
    work = np.empty((6, rows, cols))
    failures, factored = 0, -1
    for circuit in range(begin, end):
        matrix, vector = divmod(circuit, voltage.shape[1])
        g = conductance[matrix]
        if matrix != factored:
            _factor_rows(g, row_resistance, row_pass)
            _factor_columns(g, column_resistance, column_pass)
            factored = matrix
        v, u = voltage[matrix, vector], current[matrix, vector]
        rows_of_cells = g, row_resistance, row_pass
        columns = column_resistance, column_pass
        failures += not _settle(rows_of_cells, columns, v, u, work, panel, tolerance, limit)
    return failures


@njit(cache=True, nogil=True, error_model="numpy")
def _settle(rows_of_cells, columns, v, u, work, panel, tolerance, limit):
    """Conjugate gradients for one circuit; whether they converged."""
    g, row_resistance, row_pass = rows_of_cells
    resistance, column_pass = columns
    x, r, p, s, z, w = work
    _start(g, row_resistance, row_pass, v, u, r, panel)
    for row in range(len(x)):
        for c in range(x.shape[1]):
            x[row, c] = p[row, c] = s[row, c] = w[row, c] = 0.0
    size = _step_columns(resistance, column_pass, 0.0, x, r, p, w, z)
    goal, beta = size * tolerance**2, 0.0
    for _ in range(limit):
        if not size > goal:
            break
        alpha = size / _step_rows(g, row_resistance, row_pass, beta, z, r, p, s, w, panel)
        last = size
        size = _step_columns(resistance, column_pass, alpha, x, r, p, w, z)
        beta = size / last
    _finish(g, row_resistance, row_pass, v, x, u, panel)
    return size <= goal  # false for NaN


@njit(cache=True, nogil=True, error_model="numpy")
def _factor_rows(g, resistance, row_pass):
    """What each segment passes on, seen from the driven end."""
    rows, cols = g.shape
    y = np.empty(LANES)
    for first in range(0, rows, LANES):
        panel = row_pass[first // LANES]
        y[:] = 0.0
        for c in range(cols - 1, -1, -1):
            for k in range(min(LANES, rows - first)):
                y[k] += g[first + k, c]
            for k in range(LANES):
                panel[c, k] = 1.0 / (1.0 + resistance * y[k])
                y[k] *= panel[c, k]


@njit(cache=True, nogil=True, error_model="numpy")
def _factor_columns(g, resistance, column_pass):
    """What each segment passes on, seen from the sensed end."""
    rows, cols = g.shape
    y = np.zeros(cols)
    for r in range(rows):
        for c in range(cols):
            y[c] += g[r, c]
            column_pass[r, c] = 1.0 / (1.0 + resistance * y[c])
            y[c] *= column_pass[r, c]


@njit(cache=True, nogil=True, fastmath=FAST)
def _sweep(panel, lanes, resistance, row_pass):
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
            panel[c + 1, k] = (panel[c, k] + resistance * panel[c + 1, k]) * row_pass[c, k]


@njit(cache=True, nogil=True, fastmath=FAST)
def _start(g, resistance, row_pass, v, u, r, panel):
    """Right-hand side of the column nodes' equations: what flows into grounded columns."""
    rows, cols = g.shape
    for first in range(0, rows, LANES):
        lanes = min(LANES, rows - first)
        for k in range(lanes):
            panel[0, k] = v[first + k]
            for c in range(cols):
                panel[c + 1, k] = u[first + k, c]
        _sweep(panel, lanes, resistance, row_pass[first // LANES])
        for k in range(lanes):
            for c in range(cols):
                r[first + k, c] = g[first + k, c] * panel[c + 1, k] - u[first + k, c]


@njit(cache=True, nogil=True, fastmath=FAST)
def _step_rows(g, resistance, row_pass, beta, z, r, p, s, w, panel):
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
        _sweep(panel, lanes, resistance, row_pass[first // LANES])
        for k in range(lanes):
            row = first + k
            for c in range(cols):
                w[row, c] = s[row, c] - g[row, c] * panel[c + 1, k]
            for c in range(cols):
                curvature += p[row, c] * w[row, c]
    return curvature


@njit(cache=True, nogil=True, fastmath=FAST)
def _step_columns(resistance, column_pass, alpha, x, r, p, w, z):
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
                z[row, c] = resistance * z[row, c] * column_pass[row, c]
        else:
            for c in range(cols):
                z[row, c] = (z[row + 1, c] + resistance * z[row, c]) * column_pass[row, c]
        for c in range(cols):
            size += r[row, c] * z[row, c]
    return size


@njit(cache=True, nogil=True, fastmath=FAST)
def _finish(g, resistance, row_pass, v, x, u, panel):
    """Voltage across the cells, from that of the column nodes."""
    rows, cols = g.shape
    for first in range(0, rows, LANES):
        lanes = min(LANES, rows - first)
        for k in range(lanes):
            row = first + k
            panel[0, k] = v[row]
            for c in range(cols):
                panel[c + 1, k] = u[row, c] + g[row, c] * x[row, c]
        _sweep(panel, lanes, resistance, row_pass[first // LANES])
        for k in range(lanes):
            row = first + k
            for c in range(cols):
                u[row, c] = panel[c + 1, k] - x[row, c]
