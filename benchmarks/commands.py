"""What a user waits for: the main job, in a process of its own."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
MHO = (sys.executable, "-m", "mho")


def measure() -> dict[str, dict[str, float]]:
    """Wall and processor time in s and peak memory in MiB of each command."""
    with tempfile.TemporaryDirectory() as folder:
        run = [*MHO, "run", "studies/closed_loop.toml", "--out", f"{folder}/run"]
        # The first run after installation compiles its kernels.
        return {"make_run": timed_process(run, NUMBA_CACHE_DIR=f"{folder}/kernels")}


def timed_process(command: list[str], **environment: str) -> dict[str, float]:
    """Wall and processor time in s and peak memory in MiB of a command.

    Args:
        command: Program and arguments.
        **environment: Variables to add to those of this process.
    """
    start = time.monotonic()
    around = os.environ | environment
    process = subprocess.Popen(command, cwd=ROOT, env=around, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{' '.join(command)} failed with status {status}.")
    wall, cpu = time.monotonic() - start, usage.ru_utime + usage.ru_stime
    return {"wall_s": wall, "cpu_s": cpu, "peak_mib": usage.ru_maxrss / 1024}


if __name__ == "__main__":
    for name, case in measure().items():
        print(name, case)
