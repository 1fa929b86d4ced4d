"""The most likely numbers of each candidate, and the candidate that predicts held-out reads best."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mho.core.check import argument_error

from .candidate import Candidate, Parameter
from .candidates import CANDIDATES, Rest
from .likelihood import predicted
from .measurement import Measurement
from .result import Attempt, Estimate, Fit

GAIN = 2.0
"""By how much the log-likelihood must grow for a pinned number to be let free: about the 95 % limit
of a likelihood ratio with one degree of freedom."""


def fit(measurement: Measurement, candidates: Sequence[Candidate] = CANDIDATES) -> Fit:
    """Fit every candidate to a part of a measurement, and choose by the likelihood of the rest.

    The chosen one is then fitted to the whole.

    Args:
        measurement: Pulse train of one cell.
        candidates: Models that may explain it.
    """
    unfit = {c.name: c.unfit(measurement) for c in candidates}
    fitted = [c for c in candidates if not unfit[c.name]]
    if not fitted:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in unfit.items())
        raise argument_error("candidates", "describe the measurement", f"none does: {reasons}")
    attempts = sorted(
        (_attempt(c, measurement) for c in [*fitted, Rest()]), key=lambda a: -a.held_out.sum()
    )
    best = attempts[0].candidate
    if isinstance(best, Rest):
        but = "one that no pulse moves predicts the reads as well"
        remedy = "Use stronger or more pulses, or a quieter read."
        raise argument_error("measurement", "be of a cell that pulses move", but, remedy)
    search = _Search(best, measurement, np.ones(len(measurement.amplitude), dtype=bool))
    values, free = search.most_likely()
    return Fit(
        measurement=measurement,
        attempts=tuple(attempts),
        left_out={name: reason for name, reason in unfit.items() if reason},
        estimates=search.estimates(values, free),
        prediction=predicted(best, measurement, values),
    )


def _attempt(candidate: Candidate, measurement: Measurement) -> Attempt:
    search = _Search(candidate, measurement, ~measurement.held_out)
    values, free = search.most_likely()
    density = predicted(candidate, measurement, values).log_density[measurement.held_out]
    return Attempt(candidate, density[~np.isnan(density)], len(free))


@dataclass(frozen=True)
class _Search:
    """Search of the most likely numbers of a candidate, in units in which a change of 1 is large."""

    candidate: Candidate
    measurement: Measurement
    which: np.ndarray

    def most_likely(self) -> tuple[dict[str, float], list[Parameter]]:
        """Numbers by name, and which of them were let free."""
        parameters = self.candidate.parameters(self.measurement)
        values = {p.name: p.start if p.pinned is None else p.pinned for p in parameters}
        free = [p for p in parameters if p.pinned is None and not p.untold]
        values = self._climb(values, free)
        for extra in (p for p in parameters if p.pinned is not None):
            more = [*free, extra]
            # Twice, since what explained the reads without it may lie behind a valley.
            afresh = values | {p.name: p.start for p in more}
            starts = (values | {extra.name: extra.start}, afresh)
            trial = max((self._climb(s, more) for s in starts), key=self._log_likelihood)
            if self._log_likelihood(trial) > self._log_likelihood(values) + GAIN:
                values, free = trial, more
        return values, free

    def estimates(self, values: dict[str, float], free: list[Parameter]) -> tuple[Estimate, ...]:
        """Numbers with their standard errors, and why some have none."""
        inside = [p for p in free if not _at_end(p, values[p.name])]
        errors = dict(
            zip((p.name for p in inside), self._standard_errors(values, inside), strict=True)
        )
        return tuple(
            Estimate(p.name, values[p.name], errors.get(p.name), _untold(p, values, errors, free))
            for p in self.candidate.parameters(self.measurement)
        )

    def _climb(self, values: dict[str, float], free: list[Parameter]) -> dict[str, float]:
        from scipy.optimize import minimize

        count = int(self.which.sum())
        found = minimize(
            lambda place: -self._log_likelihood(values | _values(free, place)) / count,
            _place(free, values),
            method="L-BFGS-B",
            jac="2-point",
            bounds=[tuple(_coordinate(p, end) for end in (p.low, p.high)) for p in free],
            options={"maxiter": 200, "ftol": 1e-9, "gtol": 1e-6},
        )
        return values | _values(free, found.x)

    def _log_likelihood(self, values: dict[str, float]) -> float:
        density = predicted(self.candidate, self.measurement, values).log_density
        return float(np.nansum(density[self.which]))

    def _standard_errors(self, values: dict[str, float], free: list[Parameter]) -> list[float]:
        """From the curvature of the log-likelihood around its top."""
        place, top = _place(free, values), self._log_likelihood(values)

        def fall(shift: np.ndarray) -> float:
            return top - self._log_likelihood(values | _values(free, place + shift))

        steps = np.array([_reach(fall, axis) for axis in np.eye(len(free))])
        shifts = np.diag(steps)
        # In units of the steps, so that each is as wide as the top is in its direction.
        curvature = np.array(
            [
                [fall(a + b) + fall(-a - b) - fall(a - b) - fall(b - a) for b in shifts]
                for a in shifts
            ]
        )
        sizes, axes = np.linalg.eigh(curvature / 4)
        # Along a ridge the likelihood says nothing: its error is large, not infinite.
        errors = steps * np.sqrt(((axes**2) / np.maximum(sizes, 1e-4)).sum(1))
        slopes = [values[p.name] if p.scale is None else p.scale for p in free]
        return [float(slope * error) for slope, error in zip(slopes, errors, strict=True)]


def _reach(fall: Callable[[np.ndarray], float], axis: np.ndarray) -> float:
    """How far along an axis the log-likelihood falls by about a half on average."""
    reach = 1e-3
    for _ in range(6):
        mean = max(0.5 * (fall(reach * axis) + fall(-reach * axis)), 1e-6)
        reach = min(reach * min(math.sqrt(0.5 / mean), 10.0), 1.0)
    return reach


def _coordinate(parameter: Parameter, value: float) -> float:
    return float(np.log(value)) if parameter.scale is None else value / parameter.scale


def _place(free: list[Parameter], values: dict[str, float]) -> np.ndarray:
    return np.array([_coordinate(p, values[p.name]) for p in free])


def _values(free: list[Parameter], place: np.ndarray) -> dict[str, float]:
    return {
        p.name: float(np.exp(x) if p.scale is None else x * p.scale)
        for p, x in zip(free, place, strict=True)
    }


def _at_end(parameter: Parameter, value: float) -> bool:
    ends = (_coordinate(parameter, end) for end in (parameter.low, parameter.high))
    return any(abs(_coordinate(parameter, value) - end) < 5e-3 for end in ends)


def _untold(
    parameter: Parameter, values: dict[str, float], errors: dict[str, float], free: list[Parameter]
) -> str:
    if parameter.untold:
        return parameter.untold
    value = values[parameter.name]
    if parameter not in free:
        return f"kept at {value:.4g}: no other value makes the reads clearly likelier"
    if parameter.name not in errors:
        return f"at an end of what was searched, {parameter.low:.4g} to {parameter.high:.4g}"
    if errors[parameter.name] > abs(value):
        return f"its standard error, {errors[parameter.name]:.3g}, exceeds its value, {value:.3g}"
    return ""
