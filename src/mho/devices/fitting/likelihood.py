"""How likely a candidate makes the reads of a measurement, each given those before it."""

import math
from dataclasses import dataclass

import numpy as np

from .candidate import Candidate
from .measurement import Measurement


@dataclass(frozen=True)
class Prediction:
    """Each read after a pulse, predicted from the reads before it.

    Args:
        log_density: (pulses,). Natural logarithm of the density of the read, over the measured
            span; NaN where there was no read.
        mean: (pulses,), S. What was expected.
        deviation: (pulses,). How far off the read is, over the expected spread.
    """

    log_density: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray


def predicted(
    candidate: Candidate, measurement: Measurement, values: dict[str, float]
) -> Prediction:
    """Prediction of every read by a candidate with given numbers.

    Args:
        candidate: Model that predicts.
        measurement: What is predicted.
        values: Its numbers by name.
    """
    from .filter_kernel import predict

    device = candidate.device(measurement, values)
    moves = candidate.moves(device, measurement)
    width = device.g_max - device.g_min
    answer = np.empty((3, len(measurement.amplitude)))
    lasting = math.exp(-1.0 / values["memory"])
    noise = moves.added_noise, values["read_noise"], values["tail"], values["wander"], lasting
    reads = (measurement.conductance - device.g_min) / width
    predict(reads, moves.pulses, moves.laws, noise, answer)
    log_density = answer[0] + np.log(measurement.span / width)
    return Prediction(log_density, device.g_min + width * answer[1], answer[2])
