"""Refuse work that does not fit the memory, before it allocates any."""

import math
import os
from pathlib import Path

DOUBLE = 8
"""Bytes of a float64."""


def check_memory(name: str, needed: int, what: str, remedy: str) -> None:
    """Refuse an argument whose answer needs more memory than there is.

    Args:
        name: Argument as the caller wrote it.
        needed: Bytes that the work will allocate at most.
        what: The work, as in "1000 vectors of 64 x 64 cells".
        remedy: A full sentence that says what to do.
    """
    if needed < _NOTICED:
        return
    available = available_memory()
    if needed > available:
        raise MemoryError(
            f"Argument `{name}` must leave enough memory for the answer, but {what} need "
            f"{_size(needed)} and {_size(available)} are available. {remedy}"
        )


def available_memory() -> float:
    """Bytes that can be allocated without swapping; infinite where the system does not tell."""
    if _MEMINFO.is_file():
        for line in _MEMINFO.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
    if {"SC_PHYS_PAGES", "SC_PAGE_SIZE"} <= os.sysconf_names.keys():
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return math.inf


def _size(count: float) -> str:
    mebi = count / 2**20
    return f"{mebi / 1024:.3g} GiB" if mebi >= 1024 else f"{mebi:.3g} MiB"


_MEMINFO = Path("/proc/meminfo")

# Asking the system takes longer than reading a small array, and less than this is always there.
_NOTICED = 64 << 20
