"""The measurements: each drives cells and gives arrays to analyse and to draw."""

import math
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from mho.core import Bench, Device
from mho.programming import program
from mho.programming.feedforward import (
    Cycles,
    FeedforwardPulse,
    IdenticalPulses,
    LinearConductance,
    PulseCurves,
    cycle,
)
from mho.studies.characterise.trains import last, train, train_width

from .settings import Correction

DIRECTIONS = ("set", "reset")
"""Pulses towards high conductance (potentiation), and back (depression)."""


def found_scheme(device: Device[Any], pulses: int = 500) -> FeedforwardPulse:
    """A scheme for a device of which nothing is known but its voltages.

    The pulses are as wide as those of which so many, at the voltages of the device, would go most
    of the way; between both directions, the mean of the logarithms.

    Args:
        device: Model of the cells.
        pulses: Pulses of a sweep.
    """
    quiet, unused = device.noise_free(), torch.Generator()
    state, widths = quiet.fabricate((1, 1), unused), []
    for voltage, bound in ((quiet.set_voltage, quiet.g_max), (quiet.reset_voltage, quiet.g_min)):
        amplitudes = torch.full((pulses,), voltage, dtype=torch.float64)
        width = train_width(quiet, state, amplitudes, bound=bound, share=0.9)
        state = last(train(quiet, state, amplitudes, amplitudes.new_full((1, 1), width), unused))
        widths.append(width)
    scale = LinearConductance(margin=0.05)
    width = math.sqrt(widths[0] * widths[1])
    return FeedforwardPulse(scale=scale, set_pulses=pulses, reset_pulses=pulses, width=width)


def curves(
    bench: Bench, device: Device[Any], scheme: FeedforwardPulse, pulses: IdenticalPulses
) -> tuple[PulseCurves, PulseCurves]:
    """Sweeps of identical pulses, by SET and by RESET pulses.

    Args:
        bench: Cells to characterise.
        device: Model of the cells, for its polarity.
        scheme: Names the scale.
        pulses: The sweeps.
    """
    up, down = (
        pulses.measure(bench, scheme.scale, polarity=voltage, upwards=upwards)
        for voltage, upwards in ((device.set_voltage, True), (device.reset_voltage, False))
    )
    return up, down


def calibrated_scheme(
    bench: Bench, device: Device[Any], scheme: FeedforwardPulse, pulses: IdenticalPulses
) -> tuple[FeedforwardPulse, tuple[PulseCurves, PulseCurves]]:
    """A scheme with the table that sweeps of identical pulses give, and the sweeps.

    Args:
        bench: Cells to characterise.
        device: Model of the cells.
        scheme: The scheme to calibrate.
        pulses: The sweeps.
    """
    scheme = replace(scheme, scale=scheme.scale.spanning(device))
    up, down = curves(bench, device, scheme, pulses)
    calibrated = scheme.calibrated(up.observations, down.observations, width=up.width)
    return calibrated, (up, down)


def curve_arrays(up: PulseCurves, down: PulseCurves) -> dict[str, Any]:
    """Curves of one repeat, and what figs. 2(b) to (d) of the publication draw.

    Args:
        up: Sweeps by SET pulses.
        down: Sweeps by RESET pulses.
    """
    arrays: dict[str, Any] = {"width": up.width}
    for name, side in zip(DIRECTIONS, (up, down), strict=True):
        value = side.value
        arrays |= {
            f"{name}_amplitude": side.amplitude,
            f"{name}_pulses": side.pulses,
            f"{name}_value": value[:, 0, :, 0].float(),
            f"{name}_start": value[:, :, :-1].flatten(1).float(),
            f"{name}_change": value.diff(dim=2).abs().flatten(1).float(),
            f"{name}_range": side.dynamic_range.mean((1, 2)),
        }
        if value.shape[1] > 1:
            arrays[f"{name}_reproducibility"] = side.reproducibility.mean(1)
    return arrays


def sweep_arrays(driven: Cycles) -> dict[str, Any]:
    """Reads, amplitudes and powers of sweeps in either direction.

    Args:
        driven: The sweeps.
    """
    arrays: dict[str, Any] = {}
    for name, side in zip(DIRECTIONS, (driven.up, driven.down), strict=True):
        arrays |= {
            f"{name}_value": side.scale.value(side.conductance),
            f"{name}_amplitude": side.amplitude.float(),
            f"{name}_events": side.events,
            f"{name}_power": side.power,
        }
    return arrays


def corrected_levels(
    bench: Bench, scheme: FeedforwardPulse, n: int, correction: Correction
) -> dict[str, Tensor]:
    """Each level in turn by write-and-verify, up and then down, by cells that start low.

    Args:
        bench: Cells to drive.
        scheme: A fitted scheme.
        n: Levels.
        correction: When a level counts as met.
    """
    even = torch.linspace(0.0, 1.0, n, dtype=torch.float64)
    arrays: dict[str, Tensor] = {}
    for name, way in zip(DIRECTIONS, (even, even.flip(0)), strict=True):
        achieved, pulses = [], []
        energy = bench.energy.clone()
        for target in scheme.scale.conductance(way).tolist():
            goal = torch.full(bench.shape, target, dtype=torch.float64)
            position = scheme.scale.position(goal)
            near = scheme.scale.conductance(position + correction.tolerance / (n - 1))
            tolerance = float(((near - goal).abs() / goal).max())
            result = program(
                bench, scheme, goal, tolerance=tolerance, max_pulses=correction.max_pulses
            )
            achieved.append(scheme.scale.position(result.conductance[-1]).flatten())
            pulses.append(result.pulses.flatten())
        arrays |= {
            f"{name}_target": way,
            f"{name}_achieved": torch.stack(achieved, 1),
            f"{name}_pulses": torch.stack(pulses, 1),
            f"{name}_energy": (bench.energy - energy).flatten(),
        }
    return arrays


def followed_cycles(bench: Bench, scheme: FeedforwardPulse, cycles: int) -> dict[str, Tensor]:
    """Mean pulses of the sweeps of each cycle, and the reads of the last ones.

    Args:
        bench: Cells to drive.
        scheme: A fitted scheme; what it learns in a cycle it knows in the next.
        cycles: Sweeps in either direction.
    """
    arrays: dict[str, Tensor] = {}
    events: dict[str, list[float]] = {name: [] for name in DIRECTIONS}
    for _ in range(cycles):
        driven = cycle(bench, scheme)
        scheme = driven.scheme
        for name, side in zip(DIRECTIONS, (driven.up, driven.down), strict=True):
            events[name].append(float(side.events.double().mean()))
            arrays[f"{name}_value"] = side.scale.value(side.conductance)
    return arrays | {name: torch.tensor(counts) for name, counts in events.items()}
