"""A measured pulse train: what was applied to one cell, and what was read after each pulse."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mho.core.check import argument_error

LEAST_READS = 20
"""Reads after a pulse without which nothing is fitted."""
_FLAT = 10  # reads in a row at the very end of the range: an instrument's limit, not a cell's noise
_STRETCHES = 20  # of the pulses of each direction
_HELD_OUT = (4, 2)  # of four stretches, the third


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """Pulses on one cell in the order in which they were applied.

    Args:
        amplitude: (pulses,), V. With its sign.
        width: (pulses,), s.
        conductance: (pulses + 1,), S. Read before the first pulse and after each; NaN where the
            cell was not read.
        read_voltage: V. At which the conductance was read; none if that is not known.
        source: What was measured, and where it is kept.
    """

    amplitude: np.ndarray
    width: np.ndarray
    conductance: np.ndarray
    read_voltage: float | None = None
    source: str = "a measurement"

    def __post_init__(self) -> None:
        for name, least in (("amplitude", -np.inf), ("width", 0.0)):
            values = getattr(self, name)
            if not (np.isfinite(values).all() and (values > least).all() and values.all()):
                must = "be finite and greater than 0" if least == 0.0 else "be finite and not 0"
                raise argument_error(name, must, f"is not in {self.source}")
        reads = self.conductance[np.isfinite(self.conductance)]
        if len(reads) <= LEAST_READS:
            but = f"holds {len(reads)} in {self.source}"
            must = f"hold more than {LEAST_READS} reads"
            raise argument_error("conductance", must, but, "Measure a longer train.")
        if reads.max() == reads.min():
            raise argument_error("conductance", "vary", f"is {reads[0]:.6g} S throughout")
        _check_saturation(reads)

    @cached_property
    def limits(self) -> tuple[float, float]:
        """S. Least and greatest conductance that was read."""
        return float(np.nanmin(self.conductance)), float(np.nanmax(self.conductance))

    @cached_property
    def span(self) -> float:
        """S. From the least to the greatest conductance that was read."""
        return self.limits[1] - self.limits[0]

    @cached_property
    def polarity(self) -> int:
        """1 if positive pulses raise the conductance, -1 if they lower it."""
        rise = np.diff(self.conductance) * np.sign(self.amplitude)
        return 1 if np.nansum(rise) >= 0 else -1

    @cached_property
    def direction(self) -> np.ndarray:
        """1 for each pulse that raises the conductance, -1 for each that lowers it: (pulses,)."""
        direction: np.ndarray = np.sign(self.amplitude) * self.polarity
        return direction

    @cached_property
    def voltages(self) -> tuple[float, float]:
        """V. The SET and the RESET amplitude in the middle; mirrored where there was none."""
        middle = [
            float(np.median(self.amplitude[self.direction == d])) if d in self.direction else 0.0
            for d in (1, -1)
        ]
        return middle[0] or -middle[1], middle[1] or -middle[0]

    @cached_property
    def step(self) -> tuple[float, float]:
        """Mean step up and down, as a share of the span; at least a thousandth of it."""
        change = np.diff(self.conductance) * self.direction / self.span
        means = [
            float(np.nanmean(own)) if np.isfinite(own).any() else 0.0
            for own in (change[self.direction == d] for d in (1, -1))
        ]
        return max(means[0], 1e-3), max(means[1], 1e-3)

    @cached_property
    def noise(self) -> float:
        """Spread of a read, as a share of the span, if all that is not a step were its noise."""
        change = np.diff(self.conductance)
        change = change[np.isfinite(change)]
        middle = np.median(np.abs(change - np.median(change)))
        return max(float(middle / 0.6745 / np.sqrt(2.0) / self.span), 1e-3)

    @cached_property
    def held_out(self) -> np.ndarray:
        """Which pulses are kept from a fit that is to be judged: (pulses,), bool.

        The pulses of each direction are cut into twenty stretches one after the other, and the
        third of every four stretches is held out.
        """
        mask = np.zeros(len(self.amplitude), dtype=bool)
        every, which = _HELD_OUT
        for d in (1, -1):
            own = np.flatnonzero(self.direction == d)
            length = -(-len(own) // _STRETCHES)
            if length:
                mask[own] = np.arange(len(own)) // length % every == which
        return mask


def _check_saturation(reads: np.ndarray) -> None:
    for end in (reads.min(), reads.max()):
        changes = np.flatnonzero(np.diff(np.r_[False, reads == end, False]))
        longest = np.diff(changes)[::2].max()
        if longest >= _FLAT:
            but = f"is {end:.6g} S, an end of its range, {longest} times in a row"
            remedy = "Measure with a wider range, or leave the field of a saturated read empty."
            raise argument_error("conductance", "be read below saturation", but, remedy)
