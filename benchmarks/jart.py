"""Speed and truth of the JART devices, in one thread.

Steps are noise intervals of 10 ns at the published operating point, all equations, noise and energy
included. Run as a script, it prints a table. Time is that of the processor.
"""

import csv
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from mho import Pulse
from mho.core import Device
from mho.devices import FilamentWalk, JartFit2022, JartTUD, JartV1b
from mho.devices.jart import Jart, JartState
from one_thread import one_thread

REFERENCE = Path(__file__).parents[1] / "tests" / "physics" / "data" / "jart_reference.csv"
MODELS = {"tud": (JartTUD, "I_tud_A"), "fit2022": (JartFit2022, "I_fit2022_A")}
MODELS |= {"v1b": (JartV1b, "I_solved_A")}
STEP = 10e-9
STILL = FilamentWalk(
    n_min=0, n_max=0, radius=0, length=0, switched_radius=0, switched_length=0, interval=STEP
)


def measure() -> dict[str, dict[str, float]]:
    """Figures of each case: rates in million steps per s, times in s, errors relative."""
    with one_thread():
        cases: dict[str, dict[str, float]] = {"compile": _compile()}
        for name, (model, column) in MODELS.items():
            error = {"current_error": _current_error(model, column)}
            cases[name] = _operating_point(model) | error
            cases[f"{name} steps"] = _rates(model)
            cases[f"{name} trace"] = _trace_rates(model)
            cases[f"{name} table"] = _table_error(model)
        cases["lone cell"] = _lone_cell()
    return cases


def _device(model: type[Jart]) -> Jart:
    device = model.preset("yu2022")
    return replace(device, cycle_noise=replace(device.cycle_noise, interval=STEP))


def _apply(device: Jart, state: JartState, amplitude: float, width: float) -> JartState:
    pulse = Pulse.uniform(tuple(state.energy.shape), amplitude=amplitude, width=width)
    return device.apply(state, pulse, torch.Generator().manual_seed(0))


def _ends(device: Jart, shape: tuple[int, ...]) -> tuple[JartState, JartState]:
    """Cells at the ends of the range."""
    low = device.fabricate(shape, torch.Generator())
    high = replace(low, filament=low.filament.clone())
    high.filament[0] = device.n_high
    return low, high


def _cpu_s(work: Callable[[], Any], times: int = 4) -> float:
    """The least of several runs: what else the machine does only adds."""
    work()
    least = math.inf
    for _ in range(times):
        start = time.process_time()
        work()
        least = min(least, time.process_time() - start)
    return least


def _rates(model: type[Jart]) -> dict[str, float]:
    """Million steps per s of 10,000 cells in SET and RESET."""
    device, steps = _device(model), 1000
    low, high = _ends(device, (100, 100))
    rates = {}
    for name, state, amplitude in (
        ("set", low, device.set_voltage),
        ("reset", high, device.reset_voltage),
    ):
        seconds = _cpu_s(lambda s=state, v=amplitude: _apply(device, s, v, steps * STEP))
        rates[f"{name}_m_per_s"] = state.energy.numel() * steps / seconds / 1e6
    return rates


def _trace_rates(model: type[Jart]) -> dict[str, float]:
    """Million recorded steps per s of 1000 cells; `general` is what any device offers, in SET."""
    device, generator = _device(model), torch.Generator().manual_seed(0)
    low, high = _ends(device, (25, 40))
    rates = {}
    for name, state, amplitude, steps, trace in (
        ("set", low, device.set_voltage, 10_000, type(device).trace),
        ("reset", high, device.reset_voltage, 10_000, type(device).trace),
        ("general", low, device.set_voltage, 100, Device.trace),
    ):
        pulse = Pulse.uniform((25, 40), amplitude=amplitude, width=steps * STEP)
        arguments = device, state, pulse, generator
        seconds = _cpu_s(lambda trace=trace, given=arguments: trace(*given, step=STEP))
        rates[f"{name}_m_per_s"] = state.energy.numel() * steps / seconds / 1e6
    return rates


def _table_error(model: type[Jart]) -> dict[str, float]:
    """Largest error of conductance and energy along a full SET and RESET without noise.

    The full equations start anew every few microseconds, which takes their own error of
    integration away.
    """
    device, exact = model(cycle_noise=STILL), model()
    errors = {"conductance_error": 0.0, "energy_error": 0.0}
    low = exact.fabricate((1, 1), torch.Generator())
    high = _apply(exact, low, exact.set_voltage, 0.1)
    high = replace(high, energy=torch.zeros_like(high.energy))
    for amplitude, state in ((device.set_voltage, low), (device.reset_voltage, high)):
        leapt = full = state
        for _ in range(40):
            leapt = _apply(device, leapt, amplitude, 0.25e-3)
            for _ in range(100):
                full = _apply(exact, full, amplitude, 2.5e-6)
            found = device.conductance(leapt) / exact.conductance(full), leapt.energy / full.energy
            for name, ratio in zip(errors, found, strict=True):
                errors[name] = max(errors[name], abs(float(ratio) - 1))
    return errors


def _lone_cell() -> dict[str, float]:
    """One cell, 6000 pulses of 100 steps."""
    device = _device(JartTUD)
    fresh = device.fabricate((1, 1), torch.Generator())
    pulse = Pulse.uniform((1, 1), amplitude=device.set_voltage, width=100 * STEP)

    def train() -> None:
        state, generator = fresh, torch.Generator().manual_seed(0)
        for _ in range(6000):
            state = device.apply(state, pulse, generator)

    return {"cpu_s": _cpu_s(train)}


def _operating_point(model: type[Jart]) -> dict[str, float]:
    """Range of conductance, and the times of a full SET and RESET without noise."""
    device = model.preset("yu2022").noise_free()
    low = device.fabricate((1, 1), torch.Generator())
    high = _apply(device, low, device.set_voltage, 0.1)
    return {
        "g_min": device.g_min,
        "g_max": device.g_max,
        "set_s": _full(device, low, device.set_voltage, device.g_max),
        "reset_s": _full(device, high, device.reset_voltage, device.g_min),
    }


def _full(device: Jart, state: JartState, amplitude: float, end: float) -> float:
    short, long = 1e-3, 0.1
    for _ in range(40):
        middle = (short + long) / 2
        there = float(device.conductance(_apply(device, state, amplitude, middle)))
        short, long = (short, middle) if abs(there / end - 1) < 1e-12 else (middle, long)
    return long


def _current_error(model: type[Jart], column: str) -> float:
    """Largest error of the current at the reference's points."""
    with REFERENCE.open() as file:
        points = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
    points = [p for p in points if not math.isnan(p[column])]
    keys = ("N_1e26_per_m3", "N_min_1e26", "N_max_1e26", "r_m", "l_m")
    filament = torch.tensor([[p[k] for p in points] for k in keys], dtype=torch.float64)
    filament[:3] *= 1e26
    state = JartState(filament[:, None], filament[1:, None], torch.zeros(1, len(points)))
    voltage = torch.tensor([[p["voltage_V"] for p in points]], dtype=torch.float64)
    exact = torch.tensor([[p[column] for p in points]], dtype=torch.float64)
    return float((model().current(state, voltage) / exact - 1).abs().max())


def _compile() -> dict[str, float]:
    """Processor time of the first long pulse, with an empty cache and with a full one."""
    code = (
        "import time, torch, mho; d = mho.devices.JartTUD.preset('yu2022')\n"
        "s, g = d.fabricate((1, 1), torch.Generator()), torch.Generator()\n"
        "p = mho.Pulse.uniform((1, 1), amplitude=d.set_voltage, width=1e-4)\n"
        "start = time.process_time(); d.apply(s, p, g); print(time.process_time() - start)"
    )
    with tempfile.TemporaryDirectory() as folder:
        command, env = [sys.executable, "-c", code], os.environ | {"NUMBA_CACHE_DIR": folder}
        first, second = (
            float(subprocess.check_output(command, text=True, env=env)) for _ in range(2)
        )
    return {"first_s": first, "cached_s": second}


if __name__ == "__main__":
    for name, case in measure().items():
        print(f"{name:15}", "  ".join(f"{key} {value:.4g}" for key, value in case.items()))
