"""Cost, memory and error of a crossbar's answers beside their peers, in one thread.

Run as a script, it prints a table. Every case is a process of its own, one after the other.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import solver_cases

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "MHO_THREADS": "1"}
CASES = {
    "read": (8, 64, 128, 256, 512, 1024),
    "effective": (64, 128, 256, 1024),
    "effective x1000": (8,),
    "reads 1T1R": (8,),
    "sinh": (64, 256),
    "sinh hard": (256,),
    "SciPy LU": (64, 128, 256),
}
BADCROSSBAR = (8, 64, 128, 256, 512)
SAME_CIRCUIT = 1e-6


def measure() -> dict[str, dict[str, float]]:
    """Processor time in ms, peak memory in MiB and error of each case, and ratios to peers."""
    cases = {f"{kind} {size}": _case(kind, size) for kind in CASES for size in CASES[kind]}
    if importlib.util.find_spec("badcrossbar") is None:
        print("badcrossbar is left out: it is not installed.")
    else:
        cases |= {f"badcrossbar {size}": _case("badcrossbar", size) for size in BADCROSSBAR}
        ratios = {
            str(size): cases[f"badcrossbar {size}"]["cpu_ms"] / cases[f"read {size}"]["cpu_ms"]
            for size in BADCROSSBAR
        }
        cases["times badcrossbar"] = ratios | {"least": min(ratios.values())}
    if shutil.which("ngspice") is None:
        print("ngspice is left out: it is not installed.")
    else:
        sweep = solver_cases.sweep(8)
        if sweep["error"] > SAME_CIRCUIT:
            print("ngspice is left out: the netlist is of another circuit than `read` solves.")
        else:
            one_read = cases["reads 1T1R 8"]["cpu_ms"] / solver_cases.READS
            cases["ngspice 8"] = sweep | {"ratio": sweep["cpu_ms"] / one_read}
    return cases


def _case(kind: str, size: int) -> dict[str, float]:
    script = Path(__file__).with_name("solver_cases.py")
    command = [sys.executable, str(script), kind, str(size)]
    answer = subprocess.check_output(command, env=os.environ | ONE_THREAD, text=True)
    return {name: float(value) for name, value in json.loads(answer.splitlines()[-1]).items()}


if __name__ == "__main__":
    for name, case in measure().items():
        print(f"{name:20}", "  ".join(f"{key} {value:.3g}" for key, value in case.items()))
