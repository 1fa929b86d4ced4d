"""What a user waits for before anything is computed: the import, and the help of the command.

Modules are compiled once before, as those of an installed package are.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable

from commands import MHO, timed_process

ROUNDS = 9
IMPORT = """
import time, torch; start = time.process_time(); import mho
for name in mho.__all__: getattr(mho, name)
print(time.process_time() - start)
"""


def measure() -> dict[str, dict[str, float]]:
    """Processor time in s of all public names after torch is imported, and of the help."""
    with tempfile.TemporaryDirectory() as folder:
        compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder}
        return {
            "import": {"cpu_s": _least(lambda: _import_time(compiled))},
            "help": {"cpu_s": _least(lambda: timed_process([*MHO, "--help"], **compiled)["cpu_s"])},
        }


def _least(seconds: Callable[[], float]) -> float:
    """The fastest of several runs; the first one compiles."""
    return min(seconds() for _ in range(ROUNDS))


def _import_time(environment: dict[str, str]) -> float:
    around = os.environ | environment
    return float(subprocess.check_output([sys.executable, "-c", IMPORT], text=True, env=around))


if __name__ == "__main__":
    for name, case in measure().items():
        print(name, case)
