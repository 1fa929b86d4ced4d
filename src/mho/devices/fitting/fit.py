"""The most likely numbers of each candidate, and the one that predicts held-out reads best."""

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

GAIN = 3.32
"""By how much the log-likelihood must grow for a pinned number to be let free: the 99 % limit
of a likelihood ratio with one degree of freedom."""

_END = 5e-3  # so near to an end of what is searched, a number is not the likeliest but the last


def fit(measurement: Measurement, candidates: Sequence[Candidate] = CANDIDATES) -> Fit:
    """Fit every candidate to a part of a measurement, and choose by the likelihood of the rest.

    Of the candidates within one standard error of the likeliest, the one with the fewest numbers is
    chosen (Hastie et al., The Elements of Statistical Learning, 2nd ed. 2009, 7.10), and fitted to
    the whole measurement.

    Args:
        measurement: Pulse train of one cell.
        candidates: Models that may explain it.
    """
    unfit = {c.name: c.unfit(measurement) for c in candidates}
    fitted = [c for c in candidates if not unfit[c.name]]
    if not fitted:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in unfit.items())
        raise argument_error("candidates", "describe the measurement", f"none does: {reasons}")
    attempts = [_attempt(c, measurement) for c in [*fitted, Rest()]]
    attempts.sort(key=lambda attempt: -attempt.held_out.sum())
    if isinstance(attempts[0].candidate, Rest):
        but = "one that no pulse moves predicts the reads as well"
        remedy = "Use stronger or more pulses, or a quieter read."
        raise argument_error("measurement", "be of a cell that pulses move", but, remedy)
    chosen = _simplest(attempts)
    best = chosen.candidate
    search = _Search(best, measurement, np.ones(len(measurement.amplitude), dtype=bool))
    values, free = search.most_likely()
    return Fit(
        measurement=measurement,
        attempts=(chosen, *(attempt for attempt in attempts if attempt is not chosen)),
        left_out={name: reason for name, reason in unfit.items() if reason},
        estimates=search.estimates(values, free),
        prediction=predicted(best, measurement, values),
    )


def _simplest(attempts: list[Attempt]) -> Attempt:
    """Of those within one standard error of the first, which is the likeliest, the simplest."""
    near = [attempts[0]]
    for attempt in attempts[1:]:
        ahead, error = attempts[0].ahead(attempt)
        if ahead <= error and not isinstance(attempt.candidate, Rest):
            near.append(attempt)
    return min(near, key=lambda attempt: attempt.free)


def _attempt(candidate: Candidate, measurement: Measurement) -> Attempt:
    search = _Search(candidate, measurement, ~measurement.held_out)
    values, free = search.most_likely()
    density = predicted(candidate, measurement, values).log_density[measurement.held_out]
    return Attempt(candidate, density[~np.isnan(density)], len(free))


@dataclass(frozen=True)
class _Search:
    """Search of the most likely numbers, in units in which a change of 1 is large."""

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
            # What a spread explained may lie behind a valley: spreads start anew, and if one joins
            # them, so does everything else.
            anew = {p.name: p.start for p in more if p.noise or p is extra}
            starts = [values | anew]
            if extra.noise:
                starts.append(values | {p.name: p.start for p in more})
            trial = max((self._climb(s, more) for s in starts), key=self._log_likelihood)
            if self._log_likelihood(trial) > self._log_likelihood(values) + GAIN:
                values, free = trial, more
        return values, free

    def estimates(self, values: dict[str, float], free: list[Parameter]) -> tuple[Estimate, ...]:
        """Numbers with their standard errors, and why some have none."""
        inside = [p for p in free if _room(p, values[p.name]) > _END]
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

        axes = np.eye(len(free))
        rooms = [_room(p, values[p.name]) for p in free]
        steps = np.array([_reach(fall, *way) for way in zip(axes, rooms, strict=True)])
        shifts = np.diag(steps)
        # In units of the steps, so that each is as wide as the top is in its direction.
        curvature = np.array(
            [
                [fall(a + b) + fall(-a - b) - fall(a - b) - fall(b - a) for b in shifts]
                for a in shifts
            ]
        )
        sizes, ridges = np.linalg.eigh(curvature / 4)
        # Along a ridge the likelihood says nothing: its error is large, not infinite.
        errors = steps * np.sqrt(((ridges**2) / np.maximum(sizes, 1e-4)).sum(1))
        slopes = [values[p.name] if p.scale is None else p.scale for p in free]
        return [float(slope * error) for slope, error in zip(slopes, errors, strict=True)]


def _reach(fall: Callable[[np.ndarray], float], axis: np.ndarray, room: float) -> float:
    """How far along an axis the log-likelihood falls by about a half on average, within a room."""
    reach = min(1e-3, room)
    for _ in range(6):
        mean = max(0.5 * (fall(reach * axis) + fall(-reach * axis)), 1e-6)
        reach = min(reach * min(math.sqrt(0.5 / mean), 10.0), room, 1.0)
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


def _room(parameter: Parameter, value: float) -> float:
    """Distance to the nearer end of what is searched."""
    ends = (_coordinate(parameter, end) for end in (parameter.low, parameter.high))
    return min(abs(_coordinate(parameter, value) - end) for end in ends)


def _untold(
    parameter: Parameter, values: dict[str, float], errors: dict[str, float], free: list[Parameter]
) -> str:
    if parameter.untold:
        return parameter.untold
    value = values[parameter.name]
    if parameter not in free:
        return parameter.stays
    if parameter.name not in errors:
        return f"at an end of what was searched, {parameter.low:.4g} to {parameter.high:.4g}"
    if errors[parameter.name] > abs(value):
        return f"its standard error, {errors[parameter.name]:.3g}, exceeds its value, {value:.3g}"
    return ""
