"""How long an action takes, by both clocks."""

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


def timed(action: Callable[[], Answer]) -> tuple[Answer, dict[str, float]]:
    """What an action answers, and its seconds of processor time and of wall time."""
    cpu, wall = time.process_time(), time.perf_counter()
    answer = action()
    return answer, {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
