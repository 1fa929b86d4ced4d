"""Pulse trains of simulated cells, whose parameters are known."""

import numpy as np
import torch

from mho import Pulse
from mho.core.random import generator
from mho.devices import ExponentialStep, LinearStep, PowerStep, SoftBounds
from mho.devices.fitting import Measurement

NOISE = {"cycle_noise": 0.2, "write_noise": 0.003}
CELLS = {
    "LinearStep": LinearStep(
        up_first=0.012, up_last=0.03, down_first=0.03, down_last=0.012, **NOISE
    ),
    "ExponentialStep": ExponentialStep(
        up_step=0.008, up_boost=9.0, up_decay=6.0, down_step=0.006, down_boost=12.0, **NOISE
    ),
    "PowerStep": PowerStep(up_step=0.08, up_power=2.0, down_step=0.06, down_power=2.5, **NOISE),
    "SoftBounds": SoftBounds(tau=30e-6, v0=0.25, **NOISE),
}


def train(device, *, blocks=12, length=45, voltages=(1.0,), widths=(1e-6,), seed=0):
    """A measurement of one cell, pulsed up and down in blocks."""
    stream, draws = generator(seed), np.random.default_rng(seed)
    state = device.fabricate((1, 1), stream)
    reads, amplitude, width = [float(device.conductance(state))], [], []
    for pulse in range(blocks * length):
        side = device.set_voltage if pulse // length % 2 == 0 else device.reset_voltage
        amplitude.append(side * draws.choice(voltages))
        width.append(draws.choice(widths))
        state = device.apply(
            state, Pulse.uniform((1, 1), amplitude=amplitude[-1], width=width[-1]), stream
        )
        reads.append(float(device.conductance(state)))
    return Measurement(
        amplitude=np.array(amplitude),
        width=np.array(width),
        conductance=np.array(reads),
        read_voltage=device.read_voltage,
        source="a simulated cell",
    )


def train_of(name, **changes):
    """A measurement of one of `CELLS`; soft bounds are pulsed with several voltages and widths."""
    varied = {"voltages": (0.8, 0.9, 1.0, 1.1), "widths": (1e-6, 2e-6)}
    settings = {"SoftBounds": varied, "LinearStep": {}}.get(name, {"blocks": 8, "length": 80})
    return train(CELLS[name], **settings | changes)


torch.set_num_threads(1)
