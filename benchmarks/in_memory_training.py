"""A training step whose update is pulses on cells with soft bounds, beside plain torch.

Run as a script, it prints a table. Time is that of the processor, in one thread; both take turns,
so that a busy machine slows them alike. Batches of 64 handwritten digits, new ones every step, and
a pulse that moves a weight by a thousandth, as in the defaults of the field's simulators.
"""

import itertools
import statistics
import time
from collections.abc import Callable

import torch
from torch import nn

from mho.devices.steps import PowerStep
from mho.nn import DifferentialPair, FixedRange, Tile, convert
from mho.nn.optim import PulsedSGD, PulseSteps
from mho.studies.digits import Digits, shipped_digits
from mho.studies.networks.models import lenet5, mlp
from one_thread import one_thread

BATCH = 64
WARM, ROUNDS = 30, 41


def measure() -> dict[str, dict[str, float]]:
    """Time of a step in ms, and how many times that of torch it is."""
    with one_thread():
        return {name: _beside(build) for name, build in (("mlp", mlp), ("lenet5", lenet5))}


def _beside(build: Callable[[], nn.Sequential]) -> dict[str, float]:
    torch.manual_seed(0)
    plain = build()
    _, digits = shipped_digits()
    mapping = DifferentialPair(g_min=10e-6, g_max=100e-6, weights=FixedRange(bound=0.5))
    pulsed = convert(plain, Tile(mapping=mapping), digits.images[:BATCH, None])
    soft = {"up_step": 0.002, "up_power": 1.0, "down_step": 0.002, "down_power": 1.0}
    steps = PulseSteps(device=PowerStep(cycle_noise=0.3, **soft))
    cases = {
        "torch": _step(plain, torch.optim.SGD(plain.parameters(), 0.1), digits),
        "pulsed": _step(pulsed, PulsedSGD(pulsed, 0.1, steps=steps), digits),
    }
    times: dict[str, list[float]] = {name: [] for name in cases}
    for turn in range(WARM + ROUNDS):
        for name, step in cases.items():
            start = time.process_time()
            step()
            if turn >= WARM:
                times[name].append(time.process_time() - start)
    median = {name: 1e3 * statistics.median(spent) for name, spent in times.items()}
    return {f"{name}_ms": spent for name, spent in median.items()} | {
        "times_torch": median["pulsed"] / median["torch"]
    }


def _step(
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    digits: Digits,
) -> Callable[[], None]:
    batches = zip(digits.images[:, None].split(BATCH), digits.labels.split(BATCH), strict=True)
    left = itertools.cycle(batches)

    def step() -> None:
        images, labels = next(left)
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimiser.step()

    return step


if __name__ == "__main__":
    for name, case in measure().items():
        print(f"{name:10}", "  ".join(f"{key} {value:.3g}" for key, value in case.items()))
