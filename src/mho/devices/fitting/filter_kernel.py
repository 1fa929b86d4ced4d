"""Compiled prediction of each read from the reads before it.

Where a cell is and how far slow read noise has wandered are carried along with their covariance, as
shares of the range. A pulse moves the cell by the law of the step (the covariance to first order)
and adds the noise of the step; the wander decays and is renewed. A read narrows the covariance, the
less the further it lies off (Kalman, J. Basic Eng. 82 (1960) 35; with the weight of Student's t).
"""

import math

import numpy as np
from numba import njit

from mho.devices.steps.kernel import step_size

_NEAR = 1e-4  # share of the range over which the slope of the law is taken
_GAUSSIAN = 1e-4  # reciprocal of the degrees of freedom below which tails are Gaussian


@njit(cache=True, nogil=True, error_model="numpy")
def predict(reads, moves, laws, noise, answer):
    """Predict every read after a pulse.

    Args:
        reads: (pulses + 1,): share of the range read before the first pulse and after each, NaN
            where the cell was not read; the first was.
        moves: (3, pulses): steps up, or down if negative; size of a step over that of the law;
            spread of a step over its size.
        laws: (2, 5): coefficients of the up and of the down step.
        noise: (5,): spread of a step and of a read as shares of the range; reciprocal of the
            degrees of freedom of the tails; spread of the wander as a share of the range, and
            the share of it that outlasts a pulse.
        answer: (3, pulses): logarithm of the density of each read, predicted mean, and deviation
            over predicted spread; NaN where there was no read. Filled.
    """
    added, read_noise, tail, wander, lasting = noise
    heavy = tail > _GAUSSIAN
    freedom = 1.0 / tail if heavy else 0.0
    constant = -0.5 * math.log(2.0 * math.pi)
    if heavy:
        constant = math.lgamma(0.5 * freedom + 0.5) - math.lgamma(0.5 * freedom)
        constant -= 0.5 * math.log(math.pi * (freedom - 2.0))
    # The first read tells the sum of both: what one is more, the other is less.
    mean, slow = min(max(reads[0], 0.0), 1.0), 0.0
    slow_variance = wander**2
    variance, shared = read_noise**2 + slow_variance, -slow_variance
    for k in range(reads.size - 1):
        mean, factor, spread = _moved(mean, moves[:, k], laws, added)
        variance = factor**2 * variance + spread
        shared *= factor * lasting
        slow *= lasting
        slow_variance = lasting**2 * slow_variance + (1.0 - lasting**2) * wander**2
        answer[:, k] = np.nan
        if math.isnan(reads[k + 1]):
            continue
        total = variance + 2.0 * shared + slow_variance + read_noise**2 + 1e-16
        off = reads[k + 1] - mean - slow
        square = off * off / total
        weight = 1.0
        if heavy:
            answer[0, k] = constant - 0.5 * (freedom + 1.0) * math.log1p(square / (freedom - 2.0))
            weight = min((freedom + 1.0) / (freedom - 2.0 + square), 1.0)
        else:
            answer[0, k] = constant - 0.5 * square
        answer[0, k] -= 0.5 * math.log(total)
        answer[1, k] = mean + slow
        answer[2, k] = off / math.sqrt(total)
        cell, rest = variance + shared, shared + slow_variance
        trust = weight / total
        mean = min(max(mean + trust * cell * off, 0.0), 1.0)
        slow += trust * rest * off
        variance -= trust * cell * cell
        shared -= trust * cell * rest
        slow_variance -= trust * rest * rest


@njit(cache=True, nogil=True, error_model="numpy")
def _moved(mean, move, laws, added):
    """Mean after a pulse, by what it multiplies a deviation, and the variance that it adds."""
    up = move[0] > 0.0
    law = laws[0] if up else laws[1]
    left = abs(move[0])
    factor, spread = 1.0, 0.0
    while left > 0.0:
        part = min(left, 1.0)
        u = 1.0 - mean if up else mean
        size = move[1] * step_size(law, u)
        other = u - _NEAR if u > _NEAR else u + _NEAR
        kept = max(1.0 - part * (size - move[1] * step_size(law, other)) / (u - other), 0.0)
        # A bound stops the mean only: a variance cut there would make the likelihood jump.
        mean = min(max(mean + part * (size if up else -size), 0.0), 1.0)
        factor *= kept
        spread = kept**2 * spread + (part * (move[2] * size + added)) ** 2
        left -= part
    return mean, factor, spread
