"""Switching of statistical cells beside the Python package of the same model, in one thread.

Run as a script, it prints a table. Time is that of the processor; the two take turns, so that a
busy machine slows both. The package reads all cells at one voltage, mho each at its own.
"""

import importlib.util
import statistics
import time
from collections.abc import Callable, Sequence

import torch

from mho import Pulse
from mho.devices import Synaptogen
from one_thread import one_thread

CELLS = (512, 512)
ROUNDS = 5
CYCLE = (1.5, -1.5)
STAIRCASE = (0.8, 0.9, 1.0, 1.1, 1.2, 1.3)


def measure() -> dict[str, dict[str, float]]:
    """Processor time in ns per cell of a full cycle, of one partial RESET, and of a read.

    Beside it, for the package, how many times as long it takes.
    """
    with one_thread():
        peers = {"mho": _mho()}
        if importlib.util.find_spec("synaptogen") is None:
            print("synaptogen is left out: it is not installed.")
        else:
            peers["synaptogen"] = _package()
        return _take_turns(peers)


Peer = tuple[Callable[[Sequence[float]], None], Callable[[], None]]


def _mho() -> Peer:
    device, generator = Synaptogen(), torch.Generator().manual_seed(0)
    state = device.fabricate(CELLS, generator)
    pulses = {
        volt: Pulse.uniform(CELLS, amplitude=volt, width=1e-6) for volt in (*CYCLE, *STAIRCASE)
    }

    def apply(voltages: Sequence[float]) -> None:
        nonlocal state
        for voltage in voltages:
            state = device.apply(state, pulses[voltage], generator)

    return apply, lambda: device.conductance(state).sum().item()


def _package() -> Peer:
    from synaptogen import synaptogen as package

    array = package.CellArrayCPU(CELLS[0] * CELLS[1])

    def apply(voltages: Sequence[float]) -> None:
        for voltage in voltages:
            package.applyVoltage(array, voltage)

    return apply, lambda: package.I(array, package.Uread).sum()


def _take_turns(peers: dict[str, Peer]) -> dict[str, dict[str, float]]:
    times: dict[str, list[float]] = {}
    for turn in range(ROUNDS + 1):
        for name, (apply, read) in peers.items():
            apply((-1.5,))
            steps = {
                f"cycle {name}": _cpu_ns(lambda apply=apply: apply(CYCLE)),
                f"partial {name}": _cpu_ns(lambda apply=apply: apply(STAIRCASE)) / len(STAIRCASE),
                f"read {name}": _cpu_ns(read),
            }
            if turn > 0:  # the first one compiles
                for step, spent in steps.items():
                    times.setdefault(step, []).append(spent)
    measured = {step: {"cpu_ns": statistics.median(spent)} for step, spent in times.items()}
    for step, case in measured.items():
        action, _, name = step.partition(" ")
        if name != "mho":
            case["times_mho"] = case["cpu_ns"] / measured[f"{action} mho"]["cpu_ns"]
    return measured


def _cpu_ns(action: Callable[[], object]) -> float:
    start = time.process_time()
    action()
    return 1e9 * (time.process_time() - start) / (CELLS[0] * CELLS[1])


if __name__ == "__main__":
    for name, case in measure().items():
        print(f"{name:20}{case['cpu_ns']:10.3g} ns per cell")
