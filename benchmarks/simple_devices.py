"""Pulses of devices whose law is closed or counted, on a million cells in one thread.

Run as a script, it prints a table. Time is that of the processor, the least of several calls.
"""

import time

import torch

from mho import Pulse
from mho.devices import ExponentialStep, LinearStep, SoftBounds
from one_thread import one_thread

CELLS = (1000, 1000)
CALLS = 50
DEVICES = {
    "soft bounds": SoftBounds(),
    "soft bounds, noise": SoftBounds(cycle_noise=0.1),
    "linear step, noise": LinearStep(cycle_noise=0.1),
    "exponential step, noise": ExponentialStep.preset("gong2018"),
}


def measure() -> dict[str, dict[str, float]]:
    """Million pulses for each second of one processor core."""
    with one_thread():
        return {name: {"m_per_s": _speed(device)} for name, device in DEVICES.items()}


def _speed(device: SoftBounds | LinearStep | ExponentialStep) -> float:
    generator = torch.Generator().manual_seed(0)
    state = device.fabricate(CELLS, generator)
    pulse = Pulse.uniform(CELLS, amplitude=device.set_voltage, width=1e-6)
    times = []
    for _ in range(CALLS):
        start = time.process_time()
        device.apply(state, pulse, generator)
        times.append(time.process_time() - start)
    return 1e-6 * CELLS[0] * CELLS[1] / min(times)


if __name__ == "__main__":
    for name, case in measure().items():
        print(f"{name:26}{case['m_per_s']:8.1f} M pulses/s")
