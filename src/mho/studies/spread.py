"""A figure over several seeds."""

from collections.abc import Sequence
from statistics import mean, stdev
from typing import Any


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Mean, standard deviation (zero for a single seed) and the values themselves.

    Args:
        values: The figure for each seed.
    """
    deviation = stdev(values) if len(values) > 1 else 0.0
    return {"mean": mean(values), "std": deviation, "values": list(values)}
