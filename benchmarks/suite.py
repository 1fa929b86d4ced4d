"""What the test suite takes, as `make test` runs it."""

import sys

from commands import timed_process


def measure() -> dict[str, dict[str, float]]:
    """Wall and processor time in s and peak memory in MiB of all tests."""
    test = [sys.executable, "-m", "pytest", "--numprocesses", "auto", "--dist", "loadfile"]
    return {"make_test": timed_process(test, OMP_NUM_THREADS="1")}
