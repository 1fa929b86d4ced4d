"""Training and use of the learned inverse, by processor time and by wall time.

Run as a script, it prints a table. The data are those of `ReadoutError` for ohmic memristors.
"""

import json
import sys
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from statistics import mean, median, stdev

from mho.calibration import AsPublished, Calibrator, Latent
from mho.studies.readout_error import Part, ReadoutError, Unstored, read_part
from one_thread import one_thread
from timed import timed

SEEDS = (0, 1, 2)
REPETITIONS = 9
VECTORS = 100_000
CASES = {"skip": Latent(), "published": Latent(layers=AsPublished())}


def measure() -> dict[str, dict[str, float]]:
    """Seconds of training, with the gain reached on unseen matrices; milliseconds of use."""
    data = ReadoutError()
    readings = Unstored(data)
    train, unseen = (
        read_part(readings, data, part, array="ohmic") for part in ("train", "validation_matrices")
    )
    measured = {}
    for threads, limited in (("one thread", one_thread), ("all threads", nullcontext)):
        with limited():
            for name, calibrator in CASES.items():
                fitted, figures = _trained(calibrator, train, unseen)
                measured[f"training, {name}, {threads}"] = figures
            measured |= {f"{case}, {threads}": cost for case, cost in _used(fitted, unseen).items()}
    return measured


def _trained(calibrator: Latent, train: Part, unseen: Part) -> tuple[Calibrator, dict[str, float]]:
    costs, gains = [], []
    for seed in SEEDS:
        start = replace(calibrator, seed=seed)
        fitted, cost = timed(partial(start.fit, train.current, train.voltage, train.conductance))
        left = replace(unseen, current=fitted(unseen.current, unseen.conductance))
        costs.append(cost)
        gains.append(unseen.squared_error / left.squared_error)
    seconds = {name: mean(cost[name] for cost in costs) for name in costs[0]}
    spread = {"cpu_s_std": stdev(cost["cpu_s"] for cost in costs)}
    return fitted, seconds | spread | {"gain": min(gains)}


def _used(calibrator: Calibrator, part: Part) -> dict[str, dict[str, float]]:
    """Milliseconds for as many vectors, of one array and of a thousand, folding included."""
    arrays, vectors, cols = part.current.shape
    times = VECTORS // (arrays * vectors)
    many = part.current.repeat(times, 1, 1), part.conductance.repeat(times, 1, 1)
    one = many[0].reshape(VECTORS, cols), part.conductance[0]
    cases = {"100,000 vectors, one array": one, "100,000 vectors, 1,000 arrays": many}
    measured = {}
    for name, readings in cases.items():
        costs = [timed(partial(calibrator, *readings))[1] for _ in range(REPETITIONS)]
        measured[name] = {
            f"{clock}_ms": 1e3 * median(cost[f"{clock}_s"] for cost in costs)
            for clock in ("cpu", "wall")
        }
    return measured


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)
