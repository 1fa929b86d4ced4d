"""What a fit found, and what the measurement could not tell."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from mho.core import Device
from mho.core.units import si

from .candidate import Candidate
from .likelihood import Prediction
from .measurement import Measurement

_UNITS = {"low": "S", "high": "S", "tau": "s", "v0": "V"}


class Attempt(NamedTuple):
    """A candidate, fitted to a part of the measurement and judged by the rest.

    Args:
        candidate: The model.
        held_out: (reads,). Logarithm of the density of each held-out read, over the measured span.
        free: Numbers that were fitted.
    """

    candidate: Candidate
    held_out: np.ndarray
    free: int

    def ahead(self, other: "Attempt") -> tuple[float, float]:
        """By how much held-out reads are likelier than under another, and the standard error.

        Args:
            other: Another candidate's attempt at the same measurement.
        """
        ahead = self.held_out - other.held_out
        return float(ahead.sum()), float(ahead.std() * np.sqrt(len(ahead)))


class Estimate(NamedTuple):
    """A fitted number.

    Args:
        name: Field of the device, or a number of the noise of reads.
        value: Most likely value.
        error: Standard error; none if the measurement does not tell the number.
        untold: Why the measurement does not tell it; empty if it does.
    """

    name: str
    value: float
    error: float | None
    untold: str


@dataclass(frozen=True)
class Fit:
    """The device that explains a measurement.

    Args:
        measurement: What was fitted.
        attempts: Candidates, the chosen one first and the others by how likely held-out reads are.
        left_out: Why others were not tried, by name.
        estimates: Numbers of the chosen one, fitted to the whole measurement.
        prediction: Of each read by the chosen one.
    """

    measurement: Measurement
    attempts: tuple[Attempt, ...]
    left_out: dict[str, str]
    estimates: tuple[Estimate, ...]
    prediction: Prediction

    @cached_property
    def device(self) -> Device[Any]:
        """The fitted device."""
        values = {e.name: e.value for e in self.estimates}
        return self.attempts[0].candidate.device(self.measurement, values)

    def preset(self, citation: str) -> str:
        """The fitted device as the text of a preset file, with what was found as comments.

        Args:
            citation: Where the measurement is from.
        """
        import tomli_w

        comments = "".join(f"# {line}\n" for line in str(self).splitlines())
        device: Any = self.device
        head = {"type": type(device).__name__, "citation": citation}
        parameters = {f.name: getattr(device, f.name) for f in fields(device)}
        told = {name: value for name, value in parameters.items() if value is not None}
        return comments + tomli_w.dumps(head | told)

    @property
    def residual(self) -> np.ndarray:
        """Read less prediction after each pulse, NaN without a read: (pulses,), S."""
        residual: np.ndarray = self.measurement.conductance[1:] - self.prediction.mean
        return residual

    @property
    def untold(self) -> list[str]:
        """What the measurement could not tell, a sentence each."""
        train, chosen = self.measurement, self.attempts[0]
        lines = [f"`{e.name}`: {e.untold}." for e in self.estimates if e.untold]
        for other in self.attempts[1:]:
            ahead, error = chosen.ahead(other)
            if abs(ahead) < 2 * error:
                name, more = other.candidate.name, "less" if ahead > 0 else "more"
                lines.append(
                    f"The model: {name} makes held-out reads {more} likely by"
                    f" {abs(ahead):.1f} ± {error:.1f} nats only."
                )
        for name in ("amplitude", "width"):
            if np.ptp(np.abs(getattr(train, name))) == 0.0:
                lines.append(f"The effect of the {name}: it was never varied.")
        if train.read_voltage is None:
            volt = si(self.device.read_voltage, "V")
            lines.append(f"The read voltage: it is not in the file, so {volt} stands for it.")
        if (outside := self._outside) > 0.0:
            share = f"{100 * outside:.2g} %"
            lines.append(f"Reads out of bounds: {share} lie outside, where the device cuts them.")
        lines.append("The spread from cell to cell: this is one cell.")
        return lines

    def __str__(self) -> str:
        train, best = self.measurement, self.attempts[0]
        up = int((train.direction > 0).sum())
        down = len(train.direction) - up
        lines = [
            f"Fit of {train.source}: {len(train.direction)} pulses, {up} up and {down} down",
            f"{len(best.held_out)} reads held out, in every third of four stretches",
            f"{'model':<18}{'held-out log-likelihood':>24}{'behind':>10}{'fitted':>8}",
        ]
        top = max(attempt.held_out.sum() for attempt in self.attempts)
        for attempt in self.attempts:
            score = attempt.held_out.sum()
            name = attempt.candidate.name
            lines.append(f"{name:<18}{score:>19.1f} nats{top - score:>10.1f}{attempt.free:>8}")
        lines += [f"{name:<18}left out: {reason}" for name, reason in self.left_out.items()]
        lines.append(f"{best.candidate.name}, fitted to all reads:")
        lines += [_row(estimate) for estimate in self.estimates if estimate.error is not None]
        lines.append(self._residuals())
        lines.append("What the measurement could not tell:")
        return "\n".join(lines + [f"- {line}" for line in self.untold])

    @property
    def _outside(self) -> float:
        reads = self.measurement.conductance[np.isfinite(self.measurement.conductance)]
        return float(((reads < self.device.g_min) | (reads > self.device.g_max)).mean())

    def _residuals(self) -> str:
        residual = self.residual[np.isfinite(self.residual)]
        deviation = self.prediction.deviation[np.isfinite(self.prediction.deviation)]
        centred = deviation - deviation.mean()
        lag = float((centred[1:] * centred[:-1]).mean() / centred.var())
        far = 100 * float((np.abs(deviation) > 3).mean())
        spread = float(residual.std())
        share = 100 * spread / self.measurement.span
        return (
            f"Residuals: spread {si(spread, 'S')} ({share:.2g} % of the span),"
            f" {far:.2g} % beyond 3 sigma, correlation with the next {lag:.2f}"
        )


def _row(estimate: Estimate) -> str:
    unit = _UNITS.get(estimate.name)
    if unit is None:
        return f"  {estimate.name:<14}{estimate.value:>12.4g} ± {estimate.error:.2g}"
    assert estimate.error is not None
    value, error = si(estimate.value, unit, 4), si(estimate.error, unit, 2)
    return f"  {estimate.name:<14}{value:>12} ± {error}"
