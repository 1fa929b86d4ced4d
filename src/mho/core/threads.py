"""Compiled kernels on all cores: each core takes a part of the work, and the answer is the same."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Answer = TypeVar("Answer")


def in_parts(work: Callable[[int, int], Answer], count: int, *, least: int) -> list[Answer]:
    """Answers of `work(begin, end)` for consecutive parts of `range(count)`, one part per core.

    The work has to release the interpreter's lock, as compiled kernels can. The environment
    variable MHO_THREADS limits the cores.

    Args:
        work: Does the part from `begin` up to, not including, `end`.
        count: Pieces of work.
        least: Pieces that are worth a thread of their own.
    """
    if count < 2 * least:
        return [work(0, count)]
    parts = min(cores(), count // least)
    bounds = [count * k // parts for k in range(parts + 1)]
    if parts == 1:
        return [work(0, count)]
    with ThreadPoolExecutor(parts) as pool:
        return list(pool.map(work, bounds[:-1], bounds[1:]))


def cores() -> int:
    """Cores that this process may use."""
    limit = os.environ.get("MHO_THREADS")
    if limit is not None:
        return max(1, int(limit))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
