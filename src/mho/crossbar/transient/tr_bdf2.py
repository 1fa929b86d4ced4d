r"""An array over time, by the one-step method TR-BDF2.

A step of length h goes by the trapezoidal rule to gamma h, and on by the second backward
differentiation formula. With gamma = 2 - sqrt(2) both stages have one matrix,

.. math:: M / \alpha + K + N i'(y), \quad \alpha = \gamma h / 2

and the method is L-stable: what is too fast for a step dies out instead of ringing. A formula of
third order estimates the error, through that same matrix (Hosea and Shampine, Appl. Numer. Math.
20, 21, 1996).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .circuit import Circuit, Vector
from .stages import Stages

_GAMMA = 2.0 - math.sqrt(2.0)

# What the backward differentiation formula takes of the middle; the start has the rest.
_MIDDLE = 1.0 / (_GAMMA * (2.0 - _GAMMA))

# Flows at start, middle and end in the error, times the step over alpha.
_ERROR = 2.0 / (3.0 * _GAMMA) * np.array([math.sqrt(2.0) - 1.0, -1.0, 2.0 - math.sqrt(2.0)])


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """Error that one step may have.

    Args:
        volts: V. Of the voltages.
        amperes: A. Of the sensed currents.
    """

    volts: float
    amperes: float


@dataclass(frozen=True)
class _Point:
    """Unknowns y and flows M dy/dt at a time."""

    unknowns: Vector
    flow: Vector


@dataclass(frozen=True)
class _Line:
    """Right-hand side of the equations between two times, in s."""

    start: Vector
    end: Vector
    duration: float

    def at(self, fraction: float) -> Vector:
        return self.start + fraction * (self.end - self.start)


class Course:
    """Course of the unknowns of a circuit over time, in steps of adapted length.

    Args:
        circuit: Equations of the array.
        stages: Solver of its stages.
        tolerance: Error that one step may have.
    """

    def __init__(self, circuit: Circuit, stages: Stages, tolerance: Tolerance) -> None:
        self._circuit, self._stages, self._tolerance = circuit, stages, tolerance

    def follow(self, time: Vector, voltage: Vector) -> Iterator[Vector]:
        """Unknowns at each time, the first of them at rest.

        Args:
            time: s. When the voltages are reached.
            voltage: V. Times by rows. Of the drivers, along straight lines.
        """
        end = self._circuit.source(voltage[0])
        nothing = np.zeros_like(end)
        point = _Point(self._stages.solve(math.inf, end, nothing), nothing)
        yield point.unknowns
        step = time[-1]
        for duration, drivers in zip(np.diff(time), voltage[1:], strict=True):
            start, end = end, self._circuit.source(drivers)
            # Equal intervals share their factorisations, also where rounding parts them.
            line = _Line(start, end, float(f"{duration:.12e}"))
            point, step = self._cross(line, point, step)
            yield point.unknowns

    def _cross(self, line: _Line, point: _Point, step: float) -> tuple[_Point, float]:
        """The end of an interval and the step that led there.

        A step is the interval halved several times, so that steps end where the interval does
        and there are few lengths of them.
        """
        halvings = max(0, math.ceil(math.log2(line.duration / step)))
        place = 0
        while place < 1 << halvings:
            trial, error = self._step(line, point, place, halvings)
            if error > 1.0:
                more = math.ceil(math.log2(error) / _ORDER)
                halvings, place = halvings + more, place << more
                if halvings > _FINEST:
                    raise RuntimeError(
                        f"Steps of less than 2^-{_FINEST} of an interval miss the tolerance. "
                        "Raise `tolerance`, or check the units of capacitance and inductance."
                    )
                continue
            point, place = trial, place + 1
            if error < _EASY and place % 2 == 0:
                halvings, place = halvings - 1, place // 2
        return point, line.duration / (1 << halvings)

    def _step(self, line: _Line, start: _Point, place: int, halvings: int) -> tuple[_Point, float]:
        """The end of a step and its error, relative to the tolerance."""
        stages, storage, share = self._stages, self._circuit.storage, 0.5**halvings
        alpha = _GAMMA / 2.0 * line.duration * share
        before = storage @ start.unknowns / alpha
        known = before + start.flow + line.at((place + _GAMMA) * share)
        middle = stages.solve(alpha, known, start.unknowns)
        through = storage @ middle / alpha
        mixed = _MIDDLE * through + (1.0 - _MIDDLE) * before
        unknowns = stages.solve(alpha, mixed + line.at((place + 1) * share), middle)
        end = _Point(unknowns, storage @ unknowns / alpha - mixed)
        flows = start.flow, through - before - start.flow, end.flow
        residual = sum(share * flow for share, flow in zip(_ERROR, flows, strict=True))
        return end, self._size(stages.correction(alpha, residual))

    def _size(self, error: Vector) -> float:
        volts = np.abs(self._circuit.weight * error).max()
        amperes = np.abs(self._stages.sensed_change(error)).max()
        return float(max(volts / self._tolerance.volts, amperes / self._tolerance.amperes))


# The error of a step goes by the third power of its length.
_ORDER = 3

# Errors that leave a step of twice the length some room.
_EASY = 1.0 / 16.0

# Halvings of an interval.
_FINEST = 50
