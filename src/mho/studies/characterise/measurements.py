"""The measurements: each takes a device and its trains, and gives arrays to draw."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.random import generator

from .trains import last, sweep_width, train, train_width, widths_to

QUANTILES = (0.05, 0.5, 0.95)
"""Shares of the cells that the spread of a curve stands for."""
LEVEL_PULSES = 5
"""Pulses that bring a cell to a level; few, since the widths are looked for."""
RETAINED = 5
"""Levels whose retention is measured."""


@dataclass(frozen=True)
class Trains:
    """Pulses that lead a noise-free cell some of the way up, and back down from there.

    Args:
        set_width: s. Width of the SET pulses.
        reset_width: s. Width of the RESET pulses.
        pulses: Pulses of either train.
        level: (levels,), S. Conductances from a fresh cell to the end of the SET train.
        level_width: (levels,), s. Width with which a few SET pulses end at each of them.
    """

    set_width: float
    reset_width: float
    pulses: int
    level: Tensor
    level_width: Tensor

    @classmethod
    def stored(cls, arrays: Mapping[str, Any]) -> "Trains":
        """Trains out of the arrays of a shard.

        Args:
            arrays: The fields by name.
        """
        level, level_width = (torch.as_tensor(arrays[name]) for name in ("level", "level_width"))
        widths = float(arrays["set_width"]), float(arrays["reset_width"])
        return cls(*widths, int(arrays["pulses"]), level, level_width)

    def amplitudes(self, voltage: float) -> Tensor:
        """Amplitude of each pulse of a train: (pulses,), V.

        Args:
            voltage: V. Amplitude of them all.
        """
        return torch.full((self.pulses,), voltage, dtype=torch.float64)


def find_trains(device: Device[Any], pulses: int, share: float, levels: int) -> Trains:
    """Trains by the widths that a noise-free cell needs.

    Args:
        device: Model of the cells.
        pulses: Pulses of either train.
        share: How much of its way each train goes, 0 to 1.
        levels: Conductances to find the widths for.
    """
    quiet, unused = device.noise_free(), torch.Generator()
    up = torch.full((pulses,), quiet.set_voltage, dtype=torch.float64)
    down = torch.full((pulses,), quiet.reset_voltage, dtype=torch.float64)
    fresh = quiet.fabricate((1, 1), unused)
    set_width = train_width(quiet, fresh, up, bound=quiet.g_max, share=share)
    raised = last(train(quiet, fresh, up, up.new_tensor([[set_width]]), unused))
    reset_width = train_width(quiet, raised, down, bound=quiet.g_min, share=share)
    low, high = (float(quiet.conductance(state)) for state in (fresh, raised))
    goal = torch.linspace(low, high, levels, dtype=torch.float64)[None]
    cells = quiet.fabricate(tuple(goal.shape), unused)
    widest = set_width * pulses / LEVEL_PULSES
    width = widths_to(quiet, cells, up[:1].expand(LEVEL_PULSES), goal, widest)
    width[0, 0] = 0.0  # a fresh cell is where it should be
    level = quiet.conductance(at_levels(quiet, cells, width, unused))
    return Trains(set_width, reset_width, pulses, level[0], width[0])


def at_levels(device: Device[Any], state: Any, width: Tensor, generator: torch.Generator) -> Any:
    """Cells brought to their levels by a few SET pulses.

    Args:
        device: Model of the cells.
        state: State of fresh cells.
        width: (..., rows, cols), s. Width that leads to the level of each cell.
        generator: Source of the noise.
    """
    amplitudes = torch.full((LEVEL_PULSES,), device.set_voltage, dtype=torch.float64)
    return last(train(device, state, amplitudes, width, generator))


def switching_curves(
    device: Device[Any], trains: Trains, cells: int, traces: int, seed: int
) -> dict[str, Tensor]:
    """Conductances after every pulse of a SET train and of the RESET train that follows it.

    Args:
        device: Model of the cells.
        trains: Pulses.
        cells: Number of cells.
        traces: Cells whose every conductance is kept.
        seed: Selects cells and noise.
    """
    source = generator(seed, 1)
    state = device.fabricate((1, cells), source)
    conductance = [device.conductance(state)[0]]
    for voltage, width in (
        (device.set_voltage, trains.set_width),
        (device.reset_voltage, trains.reset_width),
    ):
        widths = torch.full((1, cells), width, dtype=torch.float64)
        for after in train(device, state, trains.amplitudes(voltage), widths, source):
            conductance.append(device.conductance(after)[0])
        state = after
    every = torch.stack(conductance)
    half = len(every) // 2
    return {
        "quantiles": quantiles(every),
        "traces": every[:, :traces].float(),
        "fresh": every[0].float(),
        "set": every[half].float(),
        "reset": every[-1].float(),
    }


def loop(
    device: Device[Any], trains: Trains, share: float, voltages: int, traces: int, seed: int
) -> dict[str, Tensor]:
    """Currents in a triangular sweep to the SET voltage, to the RESET voltage and back to zero.

    Every voltage lasts as a short pulse, after which the current is taken at that voltage.

    Args:
        device: Model of the cells.
        trains: Pulses.
        share: How much of its way each half of the sweep leads a noise-free cell, 0 to 1.
        voltages: Voltages from zero to either end.
        traces: Cells to sweep.
        seed: Selects cells and noise.
    """
    quiet, unused = device.noise_free(), torch.Generator()
    ramp = torch.arange(1, voltages + 1, dtype=torch.float64) / voltages
    triangle = torch.cat([ramp, ramp.flip(0)[1:], ramp.new_zeros(1)])
    state, voltage, width = quiet.fabricate((1, 1), unused), [], []
    for peak, bound, least in (
        (device.set_voltage, device.g_max, trains.set_width),
        (device.reset_voltage, device.g_min, trains.reset_width),
    ):
        half = peak * triangle
        settled = sweep_width(quiet, state, half, bound=bound, share=share, least=least)
        voltage.append(half)
        width.append(torch.full_like(half, settled))
        state = last(train(quiet, state, half, half.new_full((1, 1), settled), unused))
    sweep = torch.cat(voltage), torch.cat(width)
    return {
        "voltage": sweep[0],
        "width": sweep[1],
        "noise_free": _sweep(quiet, *sweep, 1, seed)[:, 0],
        "current": _sweep(device, *sweep, traces, seed).float(),
    }


def steps(device: Device[Any], trains: Trains, amplitudes: int) -> dict[str, Tensor]:
    """Change of a noise-free cell by one pulse, over where it starts and the pulse's amplitude.

    Args:
        device: Model of the cells.
        trains: Pulses; one pulse is as wide as those of the train of its polarity.
        amplitudes: Amplitudes of either polarity.
    """
    quiet, unused = device.noise_free(), torch.Generator()
    share = torch.arange(1, amplitudes + 1, dtype=torch.float64) / amplitudes
    amplitude = torch.cat([quiet.reset_voltage * share.flip(0), quiet.set_voltage * share])
    sets = amplitude * quiet.set_voltage > 0
    shape = (len(trains.level), len(amplitude))
    width = trains.level_width[:, None].expand(shape)
    state = at_levels(quiet, quiet.fabricate(shape, unused), width, unused)
    width = amplitude.new_tensor((trains.reset_width, trains.set_width))[sets.long()]
    after = quiet.apply(state, Pulse(amplitude.expand(shape), width.expand(shape)), unused)
    change = quiet.conductance(after) - quiet.conductance(state)
    return {"amplitude": amplitude, "start": trains.level, "change": change}


def retention(
    device: Device[Any], trains: Trains, rests: tuple[float, ...], cells: int, seed: int
) -> dict[str, Tensor]:
    """Conductances of cells that are left alone, from several levels on.

    Args:
        device: Model of the cells.
        trains: Pulses; its levels are those to start from.
        rests: s. Times since the last pulse, in rising order.
        cells: Cells of each level.
        seed: Selects cells and noise.
    """
    source = generator(seed, 3)
    chosen = torch.linspace(0, len(trains.level) - 1, RETAINED).round().long()
    width = trains.level_width[chosen, None].expand(-1, cells)
    state = device.fabricate(tuple(width.shape), source)
    state = at_levels(device, state, width, source)
    start = device.conductance(state)
    spread, moved, before = [quantiles(start)], False, 0.0
    for rest in rests:
        state = device.relax(state, rest - before, source)
        before = rest
        conductance = device.conductance(state)
        moved = moved or not torch.equal(conductance, start)
        spread.append(quantiles(conductance))
    time = start.new_tensor((0.0, *rests))
    return {"time": time, "quantiles": torch.stack(spread), "moved": torch.tensor(moved)}


def quantiles(conductance: Tensor) -> Tensor:
    """Quantiles over the cells: (..., 3), S.

    Args:
        conductance: (..., cells), S. Conductance of the cells.
    """
    shares = conductance.new_tensor(QUANTILES)
    return torch.quantile(conductance, shares, dim=-1).movedim(0, -1)


def _sweep(device: Device[Any], voltage: Tensor, width: Tensor, cells: int, seed: int) -> Tensor:
    """Current at each voltage, right after its pulse: (points, cells), A."""
    source = generator(seed, 2)
    state = device.fabricate((1, cells), source)
    current = []
    for volt, seconds in zip(voltage.tolist(), width.tolist(), strict=True):
        pulse = Pulse.uniform((1, cells), amplitude=volt, width=seconds)
        state = device.apply(state, pulse, source)
        current.append(device.current(state, pulse.amplitude)[0])
    return torch.stack(current)
