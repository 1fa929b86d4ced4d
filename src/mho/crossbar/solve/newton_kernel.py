r"""Nodal equations of an array of any cells, solved by Newton's method, compiled.

With q and y the currents drawn from the row wires and put into the column wires at each node, the
equations are q = i = y for the current i of each cell, with the node voltages w and x that the
wires make of q and y. In every step the cells are linearised, :math:`\delta i = a\,\delta w -
b\,\delta x + e`. The row wires are eliminated, and what is left for the column nodes,

.. math:: (T - a\,R^{-1} b)\,\delta x = (i + e - y) - a\,R^{-1} (i + e - q)

is solved by biconjugate gradients, stabilised (van der Vorst, SIAM J. Sci. Stat. Comput. 13 (1992)
631), with T as the preconditioner: R and T are the ladders of `line_solver`, with a in the rows
and b in the columns. Transistors make a and b differ, so the equations are not symmetric. A step
that does not bring the currents together is halved until it does.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mho.core.inner import inner

from .cell_kernel import cell, settled
from .line_solver import FAST, LANES, factor_columns, factor_rows, sweep

# What is called once is inlined before it is optimised, which saves a third of the compilation.

# Arrays of (rows, cols) that one circuit needs.
A, B, E, SLOPE, BY_G = range(5)  # of the linearised cells
Q, Y, U = range(5, 8)  # currents from rows, into columns; voltage across the memristors
DW, DX, DQ, DY, DU = range(8, 13)  # the step
INTO_ROW, INTO_COLUMN = range(13, 15)  # currents that the step has to carry
R, R0, P, V, S, Z, NOTHING = range(15, 22)  # of the linear solver
FIELDS = 22

Room = tuple[NDArray[np.float64], tuple[NDArray[np.float64], ...]]

FORCING = 1e-3  # residual of the linear equations, relative; more steps cost less than more digits
ADJOINT = 1e-13  # the same where there is no further step
INNER_LIMIT = 400
LEAST_SHARE = 1e-3


@njit(cache=True, nogil=True, error_model="numpy")
def solve(cells, wires, voltage, row, column, current, done, begin, end, tolerance, limit, room):
    """Node voltages and cell currents of circuits `begin` to `end`, numbered matrix by matrix.

    Args:
        cells: Conductance of the memristors, (matrices, rows, cols), S; parameters and gate
            voltages, as the `parameters` method of a cell gives them.
        wires: Ohm. Segments of the rows, (rows, cols + 1), and of the columns, (rows + 1, cols).
        voltage: (matrices, vectors, rows), V. Voltages driving the rows.
        row: (matrices, vectors, rows, cols), V. Overwritten by the row nodes' voltage.
        column: (matrices, vectors, rows, cols), V. Voltage of each column's ends, at all of its
            nodes; overwritten by the column nodes' voltage.
        current: (matrices, vectors, rows, cols), A. Overwritten by the cells' current.
        done: (circuits,). Set to whether each circuit has settled.
        begin: First circuit to solve.
        end: First circuit not to solve.
        tolerance: Of the currents that do not agree, summed, relative to the sum of currents.
        limit: Most steps for a circuit.
        room: What `room` gives.
    """
    conductance, parameters, gate = cells
    work, ladders = room
    for circuit in range(begin, end):
        matrix, vector = divmod(circuit, voltage.shape[1])
        array = conductance[matrix], parameters, gate
        nodes = row[matrix, vector], column[matrix, vector], current[matrix, vector]
        _start(voltage[matrix, vector], nodes, work)
        done[circuit] = _settle(array, wires, nodes, work, ladders, tolerance, limit)


@njit(cache=True, nogil=True, error_model="numpy")
def solve_adjoint(cells, wires, row, column, on_row, on_column, on_current, begin, end, room):
    """Gradients with respect to conductance and to both wires' voltages, at solved circuits.

    Args:
        cells: As for `solve`.
        wires: As for `solve`.
        row: (matrices, vectors, rows, cols), V. Voltage of the row nodes.
        column: (matrices, vectors, rows, cols), V. Voltage of the column nodes.
        on_row: (matrices, vectors, rows, cols). Gradient with respect to the row nodes' voltage.
            Overwritten by each circuit's share of that with respect to the conductance.
        on_column: (matrices, vectors, rows, cols). The same for the column nodes. Overwritten by
            each cell's share of the gradient with respect to its row's driving voltage.
        on_current: (matrices, vectors, rows, cols). The same for the cells' current. Overwritten
            by each cell's share of the gradient with respect to its column's voltage.
        begin: First circuit.
        end: First circuit not to solve.
        room: What `room` gives.

    Returns:
        Number of circuits that did not settle.
    """
    conductance, parameters, gate = cells
    _, vectors, rows, cols = row.shape
    (work, ladders), failures = room, 0
    for circuit in range(begin, end):
        k, v = divmod(circuit, vectors)
        for r in range(rows):
            for c in range(cols):
                g, w, x = conductance[k, r, c], row[k, v, r, c], column[k, v, r, c]
                _, a, b, _, _, by_g = settled(parameters, g, gate[r, c], w, x)
                work[A, r, c], work[B, r, c], work[BY_G, r, c] = a, b, by_g
                work[INTO_ROW, r, c] = on_row[k, v, r, c] + a * on_current[k, v, r, c]
                work[INTO_COLUMN, r, c] = on_column[k, v, r, c] - b * on_current[k, v, r, c]
        _factor(wires, work, ladders)
        # Transposed, the equations have a and b exchanged where they couple rows and columns.
        failures += not _correct(work, ladders, work[A], work[B], ADJOINT)
        for r in range(rows):
            for c in range(cols):
                through = on_current[k, v, r, c] - work[DW, r, c] + work[DX, r, c]
                on_current[k, v, r, c] = on_column[k, v, r, c] - work[B, r, c] * through
                on_column[k, v, r, c] = on_row[k, v, r, c] + work[A, r, c] * through
                on_row[k, v, r, c] = work[BY_G, r, c] * through
    return failures


def room(rows: int, cols: int) -> Room:
    """What a thread works in: the fields of a circuit, and the ladders of its rows and columns.

    Not compiled, since code that makes arrays takes long to compile.

    Args:
        rows: Of the circuit.
        cols: Of the circuit.
    """
    panels = (rows + LANES - 1) // LANES
    of_rows, of_columns = np.zeros((2, panels, cols, LANES)), np.empty((2, rows, cols))
    return np.zeros((FIELDS, rows, cols)), (of_rows, of_columns, np.zeros((cols + 1, LANES)))


@njit(cache=True, nogil=True, inline="always")
def _start(voltage, nodes, work):
    """Wires that carry no current: the state that q = 0 and y = 0 make."""
    w, x, _ = nodes
    for r in range(w.shape[0]):
        for c in range(w.shape[1]):
            w[r, c] = voltage[r]
            work[U, r, c] = voltage[r] - x[r, c]
            work[Q, r, c] = work[Y, r, c] = 0.0


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _settle(array, wires, nodes, work, ladders, tolerance, limit):
    """Newton's method for one circuit; whether it settled."""
    mismatch, total = _linearise(array, nodes, work)
    for _ in range(limit):
        if mismatch <= tolerance * total:
            break
        _factor(wires, work, ladders)
        _correct(work, ladders, work[B], work[A], FORCING)
        _complete(work)
        before, share, forth = mismatch, 1.0, 1.0
        while True:
            _move(nodes, work, forth)
            mismatch, total = _linearise(array, nodes, work)
            if mismatch < before or share <= LEAST_SHARE:
                break
            share /= 2.0
            forth = -share  # back by half of what it went
    return total < np.inf and mismatch <= tolerance * total  # false for NaN


@inner(cache=True, error_model="numpy")
def _linearise(array, nodes, work):
    """Slopes of all cells and what is to be corrected; its sum, and that of the currents."""
    conductance, parameters, gate = array
    w, x, current = nodes
    mismatch = total = 0.0
    for r in range(w.shape[0]):
        for c in range(w.shape[1]):
            if parameters[3] == 0.0:  # no transistor
                work[U, r, c] = w[r, c] - x[r, c]
            ends = w[r, c], x[r, c]
            i, a, b, e, slope, _ = cell(
                parameters, conductance[r, c], gate[r, c], ends[0], ends[1], work[U, r, c]
            )
            current[r, c], work[A, r, c], work[B, r, c] = i, a, b
            work[E, r, c], work[SLOPE, r, c] = e, slope
            more, less = i - work[Q, r, c], i - work[Y, r, c]
            work[INTO_ROW, r, c], work[INTO_COLUMN, r, c] = -more - e, less + e
            mismatch += abs(more) + abs(less) + abs(e)
            total += abs(i)
    return mismatch, total


@njit(cache=True, nogil=True, inline="always")
def _complete(work):
    """What the step of the nodes' voltage does to the currents and inside the cells."""
    for r in range(work.shape[1]):
        for c in range(work.shape[2]):
            up = work[B, r, c] * work[DX, r, c]
            through = work[A, r, c] * work[DW, r, c] - up
            work[DQ, r, c] = through - work[INTO_ROW, r, c]
            work[DY, r, c] -= up
            slope = work[SLOPE, r, c]
            work[DU, r, c] = (through + work[E, r, c]) / slope if slope > 0.0 else 0.0


@njit(cache=True, nogil=True, fastmath=FAST, inline="always")
def _move(nodes, work, share):
    """Go a share of the step."""
    w, x, _ = nodes
    for r in range(w.shape[0]):
        for c in range(w.shape[1]):
            w[r, c] += share * work[DW, r, c]
            x[r, c] += share * work[DX, r, c]
            work[Q, r, c] += share * work[DQ, r, c]
            work[Y, r, c] += share * work[DY, r, c]
            work[U, r, c] += share * work[DU, r, c]


@njit(cache=True, nogil=True, inline="always")
def _factor(wires, work, ladders):
    of_rows, of_columns, _ = ladders
    factor_rows(work[A], wires[0], of_rows[0], of_rows[1])
    factor_columns(work[B], wires[1], of_columns[0], of_columns[1])


@inner(cache=True, error_model="numpy")
def _correct(work, ladders, up, low, tolerance):
    """Voltages that the currents into rows and columns make; whether they are that accurate.

    Fills the steps DW and DX, and DY with T times DX.
    """
    into_row, nothing = work[INTO_ROW], work[NOTHING]
    _rows(ladders, into_row, up, nothing, work[DW])
    done = _bicgstab(work, ladders, up, low, tolerance)
    _rows(ladders, into_row, up, work[DX], work[DW])
    return done


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _bicgstab(work, ladders, up, low, tolerance):
    """Solve for DX, given what the rows alone do in DW; whether that went well."""
    r, r0, p, v, t, z = work[R], work[R0], work[P], work[V], work[S], work[Z]
    dx, tx = work[DX], work[DY]
    rho, alpha = 0.0, 1.0
    for k in range(r.shape[0]):
        for c in range(r.shape[1]):
            r[k, c] = work[INTO_COLUMN, k, c] + low[k, c] * work[DW, k, c]
            r0[k, c] = p[k, c] = r[k, c]
            dx[k, c] = tx[k, c] = 0.0
            rho += r[k, c] * r[k, c]
    goal = tolerance**2 * rho
    if rho == 0.0:
        return True
    # Two halves alternate. Written once, they take half as long to compile.
    for half in range(2 * INNER_LIMIT):
        first = half % 2 == 0
        source, image, against = (p, v, r0) if first else (r, t, t)
        _columns(ladders, source, z)
        _apply(work, ladders, up, low, source, image)
        share = (rho if first else _dot(t, r)) / _dot(against, image)
        size = _advance(share, z, source, image, dx, tx, r)
        if size <= goal:
            return True
        if first:
            alpha = share
            continue
        before, rho = rho, _dot(r0, r)
        beta = rho / before * alpha / share
        if not np.isfinite(beta):
            return False
        for k in range(r.shape[0]):
            for c in range(r.shape[1]):
                p[k, c] = r[k, c] + beta * (p[k, c] - share * v[k, c])
    return False


@inner(cache=True, fastmath=FAST)
def _dot(x, y):
    total = 0.0
    for k in range(x.shape[0]):
        for c in range(x.shape[1]):
            total += x[k, c] * y[k, c]
    return total


@inner(cache=True, fastmath=FAST)
def _advance(share, z, source, image, dx, tx, r):
    """Go along z = source / T, whose image is given; the residual's new square."""
    size = 0.0
    for k in range(r.shape[0]):
        for c in range(r.shape[1]):
            dx[k, c] += share * z[k, c]
            tx[k, c] += share * source[k, c]
            r[k, c] -= share * image[k, c]
            size += r[k, c] * r[k, c]
    return size


@inner(cache=True, fastmath=FAST)
def _apply(work, ladders, up, low, source, out):
    """Image of Z = source / T: source less what comes back from the rows."""
    _rows(ladders, work[NOTHING], up, work[Z], out)
    for k in range(out.shape[0]):
        for c in range(out.shape[1]):
            out[k, c] = source[k, c] - low[k, c] * out[k, c]


@inner(cache=True, fastmath=FAST)
def _rows(ladders, into, up, x, out):
    """Voltages of the row nodes for currents `into + up * x` into them, with the ends at 0 V."""
    of_rows, _, panel = ladders
    rows, cols = x.shape
    for k in range(LANES):
        panel[0, k] = 0.0
    for first in range(0, rows, LANES):
        lanes = min(LANES, rows - first)
        for k in range(lanes):
            row = first + k
            for c in range(cols):
                panel[c + 1, k] = into[row, c] + up[row, c] * x[row, c]
        sweep(panel, lanes, of_rows[0, first // LANES], of_rows[1, first // LANES])
        for k in range(lanes):
            row = first + k
            for c in range(cols):
                out[row, c] = panel[c + 1, k]


@inner(cache=True, fastmath=FAST)
def _columns(ladders, r, z):
    """Z = r / T: the columns, as if the row wires had no resistance."""
    passed, gain = ladders[1]
    rows, cols = r.shape
    for c in range(cols):
        z[0, c] = r[0, c]
    for k in range(1, rows):
        for c in range(cols):
            z[k, c] = r[k, c] + passed[k - 1, c] * z[k - 1, c]
    for c in range(cols):
        z[rows - 1, c] *= gain[rows - 1, c]
    for k in range(rows - 2, -1, -1):
        for c in range(cols):
            z[k, c] = passed[k, c] * z[k + 1, c] + gain[k, c] * z[k, c]
