"""Runs every benchmark, stores what it measured under results/, and updates the scoreboard."""

import json
import os
import platform
from pathlib import Path

import commands
import effective_conductance
import statistical_device
from mho.reports.quote import publish
from mho.studies.runs import provenance, write_whole

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Run, store and print."""
    about = provenance() | {"machine": platform.machine(), "cores": os.cpu_count()}
    # Stored only when all is measured: the tests, one of the commands, check what is stored.
    benchmarks = (effective_conductance, statistical_device, commands)
    measured = {b.__name__: b.measure() for b in benchmarks}
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
