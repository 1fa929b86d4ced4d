"""What the joining of blocks does to each block of a grid, compiled.

Only blocks with many facing ports are worth a call of LAPACK and BLAS each; `eliminate` replaces
those calls for the others. Arrays are indexed in full, since a view of a part costs Numba more
than the small loops over it, and by unsigned integers, which need no look at negative ones.
"""

import numpy as np
from numba import njit

from mho.core.inner import inner

# Columns of `runs`.
BLOCK, SOURCE, TARGET, LENGTH = range(4)


@njit(cache=True, nogil=True)
def assemble(first, second, facing, runs, pivots, coupling, joined):
    """Admittance among the facing ports, from them to the kept ports, and among the kept."""
    batch, rows, cols, _, size = coupling.shape
    a, b, count = facing
    for n in range(batch):
        for r in range(rows):
            for c in range(cols):
                for i in range(count):
                    for j in range(count):
                        pivots[n, r, c, i, j] = (
                            first[n, r, c, a + i, a + j] + second[n, r, c, b + i, b + j]
                        )
                for i in range(size):
                    for j in range(size):
                        joined[n, r, c, i, j] = 0.0
                _keep(first, n, r, c, np.uint64(0), a, count, runs, coupling, joined)
                _keep(second, n, r, c, np.uint64(1), b, count, runs, coupling, joined)


@inner(cache=True)
def _keep(block, n, r, c, which, facing, count, runs, coupling, joined):
    for x in range(len(runs)):
        if runs[x, BLOCK] == which:
            source, target, length = runs[x, SOURCE], runs[x, TARGET], runs[x, LENGTH]
            for i in range(count):
                for k in range(length):
                    coupling[n, r, c, i, target + k] = block[n, r, c, facing + i, source + k]
            for y in range(len(runs)):
                if runs[y, BLOCK] == which:
                    line, row = runs[y, SOURCE], runs[y, TARGET]
                    for i in range(runs[y, LENGTH]):
                        for k in range(length):
                            joined[n, r, c, row + i, target + k] = block[
                                n, r, c, line + i, source + k
                            ]


@njit(cache=True, nogil=True, fastmath={"contract"})
def eliminate(pivots, coupling, joined):
    """Cholesky factor of the pivots, the coupling solved by it, and the blocks joined, in place."""
    blocks, count, size = coupling.shape
    for n in range(blocks):
        for j in range(count):
            for i in range(j):
                pivots[n, j, j] -= pivots[n, j, i] ** 2
                for k in range(size):
                    coupling[n, j, k] -= pivots[n, j, i] * coupling[n, i, k]
            pivots[n, j, j] = np.sqrt(pivots[n, j, j])
            inverse = 1.0 / pivots[n, j, j]
            for k in range(size):
                coupling[n, j, k] *= inverse
            for m in range(j + 1, count):
                for i in range(j):
                    pivots[n, m, j] -= pivots[n, m, i] * pivots[n, j, i]
                pivots[n, m, j] *= inverse
        for a in range(size):
            for j in range(count):
                scale = coupling[n, j, a]
                for k in range(size):
                    joined[n, a, k] -= scale * coupling[n, j, k]
