"""Runs the benchmarks, stores what they measured under results/, and updates the scoreboard.

Names of benchmarks on the command line choose; without one, all run.
"""

import json
import os
import platform
import sys
from pathlib import Path

import calibration
import commands
import in_memory_training
import jart
import layers
import loop
import predictor
import sampler
import simple_devices
import solvers
import startup
import statistical_device
import suite
import write_and_verify
from mho.reports.quote import publish
from mho.studies.runs import provenance, write_whole

ROOT = Path(__file__).parents[1]
BENCHMARKS = (
    solvers,
    jart,
    simple_devices,
    statistical_device,
    predictor,
    sampler,
    calibration,
    in_memory_training,
    layers,
    loop,
    write_and_verify,
    commands,
    startup,
    suite,
)


def main() -> None:
    """Run, store and print."""
    chosen = [b for b in BENCHMARKS if b.__name__ in sys.argv[1:] or len(sys.argv) == 1]
    about = provenance() | {"machine": platform.machine(), "cores": os.cpu_count()}
    # Stored only when all is measured: the tests, one of the commands, check what is stored.
    measured = {b.__name__: b.measure() for b in chosen}
    for benchmark, metrics in measured.items():
        folder = ROOT / "results" / "benchmarks" / benchmark
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in (("run", about), ("metrics", {"metrics": metrics})):
            write_whole(folder / f"{name}.json", f"{json.dumps(content, indent=1)}\n".encode())
        for name, case in metrics.items():
            print(f"{name:20}", "  ".join(f"{key} {value:.3g}" for key, value in case.items()))
    print(f"Stored: {publish(ROOT)}")


if __name__ == "__main__":
    main()
