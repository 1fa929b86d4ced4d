"""Sampling of program errors beside NumPy and SciPy, a million cells in one thread.

Run as a script, it prints a table. Time is that of the processor; all take turns, so that a busy
machine slows them alike. NumPy and SciPy draw Student's t of a degree of freedom, location and
scale for each cell, which are looked up for them beforehand; mho rounds and looks up in its time.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from scipy import stats

from mho.programming import KnotGrid, Origin, Outcomes, ProgramError
from one_thread import one_thread

CELLS = 1_000_000
ROUNDS = 11
LEVELS = torch.linspace(1.14e-3, 1.35e-3, 512, dtype=torch.float64)
SWEEPS = 66


def measure() -> dict[str, dict[str, float]]:
    """Million samples for each second of one processor core, and the time of a fit in s."""
    with one_thread():
        outcomes = _outcomes()
        start = time.process_time()
        error = ProgramError.fit(outcomes, origin=_ORIGIN)
        fit = {"cpu_s": time.process_time() - start}
        return _speeds(_samplers(error)) | {f"fit {len(LEVELS)} levels": fit}


_ORIGIN = Origin(scheme="feedforward", device="none", outcomes="random numbers")


def _outcomes() -> Outcomes:
    freedom = np.linspace(2.0, 30.0, len(LEVELS))
    errors = 1e-7 * np.random.default_rng(0).standard_t(freedom, (SWEEPS, len(LEVELS)))
    return Outcomes.of_sweeps(LEVELS, LEVELS + torch.from_numpy(errors))


def _samplers(error: ProgramError) -> dict[str, Callable[[], object]]:
    knots = ProgramError(**vars(error) | {"grid": KnotGrid(points=LEVELS)})
    source, random = torch.Generator().manual_seed(0), np.random.default_rng(0)
    share = torch.rand(CELLS, dtype=torch.float64, generator=source)
    target = LEVELS[0] + (LEVELS[-1] - LEVELS[0]) * share
    level = error.grid.neighbours(target)[0].numpy()
    location, scale, freedom = (
        value.numpy()[level] for value in (LEVELS + error.location, error.scale, error.freedom)
    )
    return {
        "levels mho": lambda: error.sample(target, source),
        "knots mho": lambda: knots.sample(target, source),
        "t numpy": lambda: location + scale * random.standard_t(freedom),
        "t scipy": lambda: stats.t.rvs(freedom, location, scale, random_state=random),
    }


def _speeds(samplers: dict[str, Callable[[], object]]) -> dict[str, dict[str, float]]:
    times: dict[str, list[float]] = {name: [] for name in samplers}
    for turn in range(ROUNDS + 1):
        for name, sample in samplers.items():
            start = time.process_time()
            sample()
            if turn > 0:  # the first one compiles
                times[name].append(time.process_time() - start)
    speeds = {name: 1e-6 * CELLS / statistics.median(spent) for name, spent in times.items()}
    return {
        name: {"m_per_s": speed}
        | ({} if name == "levels mho" else {"times_mho": speeds["levels mho"] / speed})
        for name, speed in speeds.items()
    }


if __name__ == "__main__":
    for name, case in measure().items():
        print(f"{name:20}", "  ".join(f"{key} {value:.3g}" for key, value in case.items()))
