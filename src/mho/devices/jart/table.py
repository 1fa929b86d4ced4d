"""Rate and current of a JART cell at one voltage, as polynomials over small pieces of the state.

At a fixed voltage both depend on concentration N, radius and length only; the window that slows
the rate near its bounds is put back by whoever steps. The conductance at the read voltage has
polynomials over the same pieces. These are narrow in N and span all that the walk lets radius and
length do, since these two cross their range many times while N crosses one piece.
"""

import math
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .currents import REFERENCE, current, current_coefficients
from .kernel import growth

Array = NDArray[Any]
Answers = Callable[[Array], tuple[Array, Array, Array]]

PER_OCTAVE = 64  # pieces
OVERLAP = 1.5  # each polynomial is good for so many half widths of its piece
STRIDE = 0.25  # of a piece: what N may move before its piece is looked up again
# Largest error of ln(rate) that is let pass. It is met at the corners of the range; on the way of
# a nominal filament it is hundreds of times smaller.
RATE_ERROR = 1e-4
# Largest step times derivative of the rate: beyond, three terms of Taylor's series err by more
# than 1e-5 of what the step moves.
TAYLOR = 0.06
LARGEST_EXPONENT = 8.0  # that kernels evaluate
READ_ERROR = 1e-4  # largest relative error of a conductance that is let pass
RATE_ORDER, CURRENT_ORDER = 5, 3


def _exponents(order: int) -> Array:
    """Powers of N, radius and length; N counts twice, since it varies least within a piece."""
    powers = [
        (a, b, c)
        for a in range(order // 2 + 1)
        for c in range(order - 2 * a + 1)
        for b in range(order - 2 * a - c + 1)
    ]
    return np.array(powers)


RATE_POWERS, CURRENT_POWERS = _exponents(RATE_ORDER), _exponents(CURRENT_ORDER)
READ_POWERS = RATE_POWERS
TERMS = len(RATE_POWERS) + len(CURRENT_POWERS)
READ_TERMS = len(READ_POWERS)


class Range(NamedTuple):
    """What the pieces cover.

    Args:
        n_low: Lowest concentration, 1e26 m^-3.
        n_high: Highest concentration, 1e26 m^-3.
        radius: m. In the middle.
        length: m. In the middle.
        spread: Relative deviation of a cell's nominal radius and length from the middle.
        walk: Relative deviation of radius and length from a cell's nominal ones.
    """

    n_low: float
    n_high: float
    radius: float
    length: float
    spread: float
    walk: tuple[float, float]


class RateTable(NamedTuple):
    """Polynomials of ln(rate) and size of the current, for kernels.

    Args:
        coefficients: (bins, bins, pieces, terms). The bins are those of nominal radius and length.
        scale: (bins, bins, pieces), 1 / s. What the exponential of ln(rate) multiplies.
        longest: (bins, bins, pieces), s. Longest step that is exact enough.
        pace: (bins, bins, pieces), s. Time in which N moves by less than `STRIDE` of the piece.
        first: Number of the first piece, as `piece_of` counts.
        radius: m. Unit of radius; its polynomials are in (r - radius) / (r + radius).
        edges: (2, bins + 1), m. Nominal radius and length where the bins begin and end.
        middle: (2, bins). Middle of that ratio, and of the length (m).
        inverse: (2, bins). One over the half widths of the same.
    """

    coefficients: Array
    scale: Array
    longest: Array
    pace: Array
    first: int
    radius: float
    edges: Array
    middle: Array
    inverse: Array


@njit(cache=True, error_model="numpy")
def piece_of(n: float) -> int:
    """Number of the piece in which a concentration lies."""
    mantissa, exponent = math.frexp(n)
    return exponent * PER_OCTAVE + int((mantissa - 0.5) * (2 * PER_OCTAVE))


@njit(cache=True, error_model="numpy")
def piece_bounds(piece: int) -> tuple[float, float]:
    """Middle and half width of a piece, 1e26 m^-3."""
    exponent = piece // PER_OCTAVE
    half = math.ldexp(1.0, exponent) / (4 * PER_OCTAVE)
    return math.ldexp(0.5, exponent) + (2 * (piece - exponent * PER_OCTAVE) + 1) * half, half


@njit(cache=True, nogil=True, error_model="numpy")
def _sample(
    law: Any, voltage: float, n: Array, radius: Array, length: Array, rate: Array, size: Array
) -> None:
    for k in range(n.size):
        coefficients = current_coefficients(law, voltage, radius[k], length[k])
        i = current(law, coefficients, math.log(n[k] / REFERENCE))
        rate[k] = abs(growth(voltage, i, n[k], radius[k], length[k], 0.0, math.inf))
        size[k] = abs(i)


class ReadTable(NamedTuple):
    """Polynomials of the conductance at the read voltage, over the pieces of a `RateTable`.

    Args:
        coefficients: (bins, bins, pieces, terms), S.
        error: (bins, bins, pieces). Largest relative error at the points where it was tried.
    """

    coefficients: Array
    error: Array


@lru_cache(maxsize=64, typed=True)
def rate_table(law: Any, voltage: float, covered: Range) -> RateTable:
    """Table for a law of the current at one voltage.

    Args:
        law: Law of the current.
        voltage: V.
        covered: Range of the filament.
    """
    mesh = _Mesh(covered)
    coefficients, scale, longest, pace = mesh.in_every_bin(
        lambda answers: _fit(answers, mesh.pieces[:, 1]), law, voltage
    )
    unit = np.array([[1.0], [covered.length]])
    return RateTable(
        coefficients,
        scale,
        longest,
        pace,
        mesh.first,
        covered.radius,
        mesh.edges * np.array([[covered.radius], [covered.length]]),
        mesh.middle * unit,
        1 / (mesh.half * unit),
    )


@lru_cache(maxsize=64, typed=True)
def read_table(law: Any, voltage: float, covered: Range) -> ReadTable:
    """Table of the conductance at one voltage.

    Args:
        law: Law of the current.
        voltage: V. Voltage of the read.
        covered: Range of the filament.
    """
    return ReadTable(*_Mesh(covered).in_every_bin(partial(_fit_read, voltage), law, voltage))


class _Mesh:
    """Bins of nominal radius and length, and pieces of the concentration, that cover a range."""

    def __init__(self, covered: Range) -> None:
        self._covered = covered
        self.edges = np.linspace(1 - covered.spread, 1 + covered.spread, _bins(covered.spread) + 1)
        walk = np.array(covered.walk)
        ends = np.stack([np.outer(1 - walk, self.edges[:-1]), np.outer(1 + walk, self.edges[1:])])
        ends[:, 0] = (ends[:, 0] - 1) / (ends[:, 0] + 1)  # nearly 0.5 ln(radius), and as smooth
        self.middle, self.half = (ends[1] + ends[0]) / 2, (ends[1] - ends[0]) / 2
        self.first, last = piece_of(covered.n_low), piece_of(covered.n_high)
        self.pieces = np.array([piece_bounds(piece) for piece in range(self.first, last + 1)])

    def in_every_bin(
        self, fit: Callable[[Answers], tuple[Array, ...]], law: Any, voltage: float
    ) -> tuple[Array, ...]:
        """What `fit` makes of the answers in each bin: (bins, bins, ...) each."""
        bins = range(len(self.edges) - 1)
        parts = [[fit(partial(self._answers, law, voltage, a, b)) for b in bins] for a in bins]
        return tuple(
            np.array([[part[k] for part in row] for row in parts]) for k in range(len(parts[0][0]))
        )

    def _answers(
        self, law: Any, voltage: float, a: int, b: int, points: Array
    ) -> tuple[Array, Array, Array]:
        """Concentration, rate and current in one bin: (pieces, points)."""
        n = self.pieces[:, :1] + self.pieces[:, 1:] * points[0]
        p = self.middle[0, a] + self.half[0, a] * points[1]
        q = self.middle[1, b] + self.half[1, b] * points[2]
        radius = np.broadcast_to(self._covered.radius * (1 + p) / (1 - p), n.shape)
        length = np.broadcast_to(self._covered.length * q, n.shape)
        rate, size = np.empty_like(n), np.empty_like(n)
        _sample(law, voltage, *map(np.ravel, (n, radius, length, rate, size)))
        return n, np.maximum(rate, 1e-300), size


def _bins(spread: float) -> int:
    """Bins of a nominal parameter, none much wider than the walk, or no polynomial follows."""
    return max(1, math.ceil(2 * spread / 0.07))


def _fit(answers: Answers, half: Array) -> tuple[Array, ...]:
    """Coefficients, scale, longest step and pace of every piece."""
    nodes, between = _nodes(), _between()
    n, rate, size = answers(nodes)
    scale = np.exp(np.log(rate).mean(axis=1))
    logarithm = np.log(rate / scale[:, None])
    rate_part = logarithm @ np.linalg.pinv(_monomials(nodes, RATE_POWERS)).T
    size_part = size @ np.linalg.pinv(_monomials(nodes, CURRENT_POWERS)).T

    exact = np.log(answers(between)[1] / scale[:, None])
    error = np.abs(rate_part @ _monomials(between, RATE_POWERS).T - exact).max(axis=1)

    steepness = rate_part @ _slopes(nodes, RATE_POWERS).T / half[:, None]
    steepest = np.abs(rate * (1 + n * steepness)).max(axis=1)
    exact_enough = (error < RATE_ERROR) & (np.abs(logarithm).max(axis=1) < LARGEST_EXPONENT)
    pace = 2 * STRIDE * half / (n * rate).max(axis=1)
    longest = np.where(exact_enough, np.minimum(TAYLOR / steepest, pace), 0.0)
    return np.concatenate([rate_part, size_part], axis=1), scale, longest, pace


def _fit_read(voltage: float, answers: Answers) -> tuple[Array, ...]:
    """Coefficients and error of the conductance in every piece."""
    nodes, between = _nodes(), _between()
    conductance = answers(nodes)[2] / voltage
    coefficients = conductance @ np.linalg.pinv(_monomials(nodes, READ_POWERS)).T
    exact = answers(between)[2] / voltage
    return coefficients, np.abs(coefficients @ _monomials(between, READ_POWERS).T / exact - 1).max(
        axis=1
    )


def _nodes() -> Array:
    """Points that polynomials are fitted to: (3, points), in half widths."""
    nodes = np.meshgrid(OVERLAP * _chebyshev(4), _chebyshev(7), _chebyshev(6))
    return np.array(nodes).reshape(3, -1)


def _between() -> Array:
    """Points at which they are tried, corners among them: (3, points), in half widths."""
    between = np.random.default_rng(0).uniform(-1, 1, (3, 200))
    between[:, :8] = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, 8)
    return between


def _chebyshev(count: int) -> Array:
    return np.cos(np.pi * (np.arange(count) + 0.5) / count)


def _monomials(points: Array, powers: Array) -> Array:
    product: Array = np.prod(points[:, :, None] ** powers.T[:, None], axis=0)
    return product


def _slopes(points: Array, powers: Array) -> Array:
    """Derivatives of the monomials along the concentration."""
    lowered = powers - [1, 0, 0]
    lowered[lowered < 0] = 0
    slopes: Array = powers[:, 0] * _monomials(points, lowered)
    return slopes
