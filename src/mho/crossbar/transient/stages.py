"""The implicit stages of a step in time, solved by Newton's method."""

import math

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import SuperLU, splu

from .circuit import Cells, Circuit, Vector


class Stages:
    """Solves the equations of a circuit with the change over time put in.

    Factorisations are kept, one for each length of step, until the slopes of the cells have
    changed too much. Those of ohmic cells do not, and one iteration is exact.

    Args:
        circuit: Equations of the array.
        cells: Current of its cells.
        accuracy: A. Largest error left in the current of a cell.
    """

    def __init__(self, circuit: Circuit, cells: Cells, accuracy: float) -> None:
        self._circuit, self._cells, self._accuracy = circuit, cells, accuracy
        self._factors: dict[float, tuple[sp.csr_array, SuperLU]] = {}
        _, *self._slopes = self._of_cells(np.zeros(len(circuit.weight)))

    def solve(self, alpha: float, known: Vector, guess: Vector) -> Vector:
        """Unknowns y for which M y / alpha + K y + N i(y) is what is known.

        Args:
            alpha: s. Infinite at rest.
            known: Right-hand side of the equations.
            guess: Unknowns to start from.
        """
        unknowns, left = guess, math.inf
        current, *_ = self._of_cells(guess)
        matrix, _ = self._factor(alpha)
        residual = known - matrix @ guess - self._circuit.cells @ current
        for _ in range(_ITERATIONS):
            change = self.correction(alpha, residual)
            unknowns = unknowns + change
            expected = current + self._through(change)
            current, *slopes = self._of_cells(unknowns)
            before, left = left, np.abs(expected - current).max()
            if left <= self._accuracy:
                return unknowns
            if left > _CONTRACTION * before:
                self._slopes = slopes
                self._factors.clear()
            residual = self._circuit.cells @ (expected - current)
        raise RuntimeError(
            f"The cells did not settle within {_ITERATIONS} iterations. "
            "Check the units of conductance, voltage and resistance."
        )

    def correction(self, alpha: float, residual: Vector) -> Vector:
        """Change of the unknowns that removes a residual of the equations made linear.

        Args:
            alpha: s. Infinite at rest.
            residual: Of each equation.
        """
        _, factor = self._factor(alpha)
        change: Vector = factor.solve(residual)
        return change

    def sensed(self, unknowns: Vector) -> Vector:
        """Current into each column's sense amplifiers, in A.

        Args:
            unknowns: Of the circuit.
        """
        return self._into_amplifiers(unknowns, self._of_cells(unknowns)[0])

    def sensed_change(self, change: Vector) -> Vector:
        """Change of the sensed currents, in A, as far as it is linear.

        Args:
            change: Of the unknowns.
        """
        return self._into_amplifiers(change, self._through(change))

    def _into_amplifiers(self, unknowns: Vector, through: Vector) -> Vector:
        circuit = self._circuit
        current: Vector = circuit.sensed_segments @ unknowns + circuit.sensed_cells @ through
        return current

    def _of_cells(self, unknowns: Vector) -> tuple[Vector, Vector, Vector]:
        return self._cells(unknowns[self._circuit.row_node], unknowns[self._circuit.column_node])

    def _through(self, change: Vector) -> Vector:
        rise, fall = self._slopes
        circuit = self._circuit
        return rise * change[circuit.row_node] - fall * change[circuit.column_node]

    def _factor(self, alpha: float) -> tuple[sp.csr_array, SuperLU]:
        if alpha not in self._factors:
            circuit = self._circuit
            moving = circuit.loops if math.isinf(alpha) else circuit.storage / alpha
            matrix = (circuit.static + moving).tocsr()
            if len(self._factors) == _KEPT:
                del self._factors[next(iter(self._factors))]
            factor = splu((matrix + circuit.slope(*self._slopes)).tocsc())
            self._factors[alpha] = matrix, factor
        return self._factors[alpha]


# Newton's method with the right slopes takes a few.
_ITERATIONS = 50

# An iteration that leaves more than this of the error has slopes that are too old.
_CONTRACTION = 0.1

# Lengths of step whose factorisation is kept.
_KEPT = 6
