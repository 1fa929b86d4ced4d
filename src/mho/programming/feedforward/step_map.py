"""How far a pulse moves a cell, by where the cell is and by the amplitude, and the inverse."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core.check import argument_error

_LEAST_WEIGHT = 0.1  # of the observations near a position, for their mean to count
_LEAST_SPREAD = 0.02  # of their positions, for a line through them to have a slope
_REFINEMENT = 8  # amplitudes of the map for each that was seen
_GROWTH = (1.2, 10.0)  # from one amplitude to the next, beyond the last one that was seen


@dataclass(frozen=True)
class Observations:
    """Single pulses on single cells: where each started and how far it went.

    Args:
        position: (pulses,), 1. Position before the pulse.
        amplitude: (pulses,), V. Amplitude with its sign.
        step: (pulses,), 1. Change of position in the direction of the polarity.
    """

    position: Tensor
    amplitude: Tensor
    step: Tensor

    @classmethod
    def joined(cls, parts: Sequence["Observations"]) -> "Observations":
        """Several sets of observations as one.

        Args:
            parts: At least one.
        """
        columns = ("position", "amplitude", "step")
        return cls(*(torch.cat([getattr(part, name) for part in parts]) for name in columns))


@dataclass(frozen=True)
class StepMap:
    """Mean step of a pulse of one width and polarity.

    Args:
        amplitude: (amplitudes,), V. Rising in magnitude, all of one sign.
        step: (positions, amplitudes), 1. Mean step from positions evenly spaced from 0 to 1; it
            does not fall with the amplitude.
        width: s. Width of the pulses.
    """

    amplitude: Tensor
    step: Tensor
    width: float

    @classmethod
    def of(cls, seen: Observations, *, width: float, positions: int = 65) -> "StepMap":
        """The map that observations average to.

        Steps near a position are fitted by a line, and interpolated where an amplitude leapt over
        a position. Beyond the positions at which it was seen, an amplitude that is weaker than all
        others there moves nothing: the cell got past the point at which it saturates.

        Args:
            seen: Pulses of one polarity, with few different amplitudes.
            width: s. Width of these pulses.
            positions: Positions of the map.
        """
        amplitude, index = seen.amplitude.unique(return_inverse=True)
        if (amplitude > 0).any() and (amplitude < 0).any():
            but = f"go from {float(amplitude[0]):g} V to {float(amplitude[-1]):g} V"
            raise argument_error("seen", "hold amplitudes of one polarity", but)
        member = torch.nn.functional.one_hot(index, len(amplitude)).double()
        mean, weight = _local_lines(seen.position * (positions - 1), seen.step, member, positions)
        if len(amplitude) < 2:
            but = f"are all of {float(amplitude[0]):g} V"
            remedy = "Send narrower or weaker pulses: one of these crosses the whole range."
            raise argument_error("seen", "be of two amplitudes at least", but, remedy)
        order = amplitude.abs().argsort()
        known = (weight >= _LEAST_WEIGHT)[:, order]
        if not known.any():
            raise argument_error("seen", "lie between positions 0 and 1", "do not")
        coarse = _completed(mean[:, order].clamp(min=0.0), known)
        return cls(*_refined(amplitude[order], coarse), width)

    def expected(self, position: Tensor, amplitude: Tensor) -> Tensor:
        """Mean step: (...), 1.

        Args:
            position: (...), 1. Where the cells are.
            amplitude: (...), V. Amplitude, with its sign.
        """
        size = self.amplitude.abs()
        right = torch.searchsorted(size, amplitude.abs().contiguous()).clamp(1, len(size) - 1)
        share = ((amplitude.abs() - size[right - 1]) / (size[right] - size[right - 1])).clamp(0, 1)
        row = self._row(position)
        below, above = (row.gather(-1, (right + k)[..., None])[..., 0] for k in (-1, 0))
        return torch.lerp(below, above, share)

    def inverse(self, position: Tensor, step: Tensor) -> Tensor:
        """Amplitude that moves cells by a step on average, or the nearest there is: (...), V.

        Args:
            position: (...), 1. Where the cells are.
            step: (...), 1. Step wanted.
        """
        row = self._row(position)
        wanted = step.clamp(min=0.0)[..., None]
        right = torch.searchsorted(row, wanted.contiguous()).clamp(1, len(self.amplitude) - 1)
        below, above = row.gather(-1, right - 1), row.gather(-1, right)
        rise = above - below
        share = torch.where(rise > 0, (wanted - below) / torch.where(rise > 0, rise, 1.0), 1.0)
        low, high = self.amplitude[right - 1], self.amplitude[right]
        return torch.lerp(low, high, share.clamp(0.0, 1.0))[..., 0]

    def _row(self, position: Tensor) -> Tensor:
        """Step of every amplitude at the positions of cells: (..., amplitudes)."""
        count = len(self.step) - 1
        place = position.clamp(0.0, 1.0) * count
        left = place.floor().clamp(max=count - 1)
        index = left.long()
        return torch.lerp(self.step[index], self.step[index + 1], (place - left)[..., None])


def _local_lines(
    position: Tensor, step: Tensor, member: Tensor, count: int
) -> tuple[Tensor, Tensor]:
    """Weighted straight lines through the steps near each position, at that position.

    A mean would be too low: the smaller the steps, the closer together they were observed.
    """
    offset = position - torch.arange(count, dtype=torch.float64)[:, None]
    near = torch.exp(-0.5 * offset.square())
    weight = near @ member
    safe = weight.clamp(min=_LEAST_WEIGHT)
    moment = (near * offset) @ member / safe
    spread = (near * offset.square()) @ member / safe - moment.square()
    mean = near @ (member * step[:, None]) / safe
    joint = (near * offset) @ (member * step[:, None]) / safe - moment * mean
    return mean - moment * joint / (spread + _LEAST_SPREAD), weight


def _refined(amplitude: Tensor, step: Tensor) -> tuple[Tensor, Tensor]:
    """Amplitudes in between, with steps by monotone cubic interpolation."""
    from scipy.interpolate import PchipInterpolator

    shares = torch.arange(_REFINEMENT, dtype=torch.float64) / _REFINEMENT
    between = torch.lerp(amplitude[:-1, None], amplitude[1:, None], shares).flatten()
    fine = torch.cat([between, amplitude[-1:]])
    curve = PchipInterpolator(amplitude.abs().numpy(), step.numpy(), axis=1)
    return fine, torch.from_numpy(curve(fine.abs().numpy())).cummax(1).values


def _completed(mean: Tensor, known: Tensor) -> Tensor:
    """The map without gaps, not falling with the amplitude."""
    mean, known = _bridged(mean, known)
    some = known.any(1)
    places = torch.arange(len(some))
    nearest = (places[:, None] - places[some]).abs().argmin(1)
    mean, known = mean[some][nearest], known[some][nearest]
    columns: list[Tensor] = []
    ratio = mean.new_full((len(mean),), _GROWTH[0])
    last = mean.new_zeros(len(mean))
    started = torch.zeros_like(some)
    for column, seen in zip(mean.T, known.T, strict=True):
        beyond = torch.where(started, last * ratio, 0.0)
        value = torch.where(seen, torch.maximum(column, last), beyond)
        grown = (value / torch.where(last > 0, last, 1.0)).clamp(*_GROWTH)
        ratio = torch.where(seen & (last > 0), grown, ratio)
        started, last = started | seen, value
        columns.append(value)
    return torch.stack(columns, 1)


def _bridged(mean: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """The map with straight lines over the positions that an amplitude leapt over."""
    import numpy as np

    place = np.arange(len(mean))
    columns = []
    for column, seen in zip(mean.T.numpy(), known.T.numpy(), strict=True):
        at = place[seen] if seen.any() else place
        inside = (place >= at[0]) & (place <= at[-1]) & seen.any()
        columns.append((np.interp(place, at, column[at]), inside))
    values, inside = zip(*columns, strict=True)
    return torch.from_numpy(np.stack(values, 1)), torch.from_numpy(np.stack(inside, 1))
