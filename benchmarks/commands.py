"""What a user waits for: the main job, the import, the help; each a process of its own."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
MHO = (sys.executable, "-m", "mho")


def measure() -> dict[str, dict[str, float]]:
    """Wall and processor time in s and peak memory in MiB of each command."""
    with tempfile.TemporaryDirectory() as folder:
        run = [*MHO, "run", "studies/closed_loop.toml", "--out", f"{folder}/run"]
        cases = {"make_run": timed_process(run)}
        # Compiled once, as an installed package is, whatever the environment says.
        compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder}
        cases["import"] = _least(lambda: {"cpu_s": _import_time(**compiled)})
        cases["help"] = _least(lambda: timed_process([*MHO, "--help"], **compiled))
    return cases


def _least(case: Callable[[], dict[str, float]]) -> dict[str, float]:
    """The fastest of several runs; the first one fills the caches."""
    return min((case() for _ in range(7)), key=lambda each: each["cpu_s"])


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


def _import_time(**environment: str) -> float:
    """Processor time of all public names of mho, after torch is imported."""
    code = (
        "import time, torch; start = time.process_time(); import mho\n"
        "for name in mho.__all__: getattr(mho, name)\n"
        "print(time.process_time() - start)"
    )
    around = os.environ | environment
    return float(subprocess.check_output([sys.executable, "-c", code], text=True, env=around))


if __name__ == "__main__":
    for name, case in measure().items():
        print(name, case)
