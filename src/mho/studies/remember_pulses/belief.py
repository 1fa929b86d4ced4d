r"""What earlier pulses of a cell tell about its next one, by simulating cells that did the same.

Cells of a pool that read what the cell read :math:`k` pulses ago are sent the pulses that it got
since, and after each those that do not read what it read die out: a particle filter. Those that are
left are what can be known of the cell. The pulse that is best for them on average is the best that
anyone can send who remembers :math:`k` pulses; with :math:`k = 0` it is the best for whoever knows
the conductance only. All are judged on futures of the cell itself, as is the pulse that is best for
whoever knows its whole state.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.cells import take_columns
from mho.core.check import check_number
from mho.programming.predictor import Landings


@dataclass(frozen=True, kw_only=True)
class Belief:
    """What is simulated for each cell.

    Args:
        remembered: Numbers of earlier pulses to compare.
        particles: Cells of the pool that are sent the earlier pulses; after a long one few of them
            read what the cell read.
        futures: Futures of those that are left, and of the cell itself.
        width: Standard deviation of the logarithm of a read within which cells count as alike.
        times: Pulse times to choose from.
        shortest: s. Shortest pulse time.
        longest: s. Longest pulse time.
    """

    remembered: tuple[int, ...] = (0, 1, 8)
    particles: int = 600
    futures: int = 96
    width: float = 0.02
    times: int = 56
    shortest: float = 20e-9
    longest: float = 3e-4

    def __post_init__(self) -> None:
        for name in ("futures", "times"):
            check_number(name, getattr(self, name), low=2)
        check_number("particles", self.particles, low=self.futures)
        check_number("width", self.width, low=0.0, above=True)
        check_number("shortest", self.shortest, low=0.0, above=True)
        check_number("longest", self.longest, low=self.shortest, above=True)

    def errors(
        self,
        device: Device[Any],
        state: Any,
        landings: Landings,
        pool: Any,
        times: dict[str, Tensor],
        source: torch.Generator,
    ) -> dict[str, Tensor]:
        """Mean relative error of each cell's next pulse, for all that choose one: (cells,) each.

        Names are `remembered0` and so on, `state` for whoever knows the whole state, and those of
        the predictors.

        Args:
            device: Model of the cells.
            state: State of the cells before the pulse, (1, cells).
            landings: Reads, targets and earlier pulses of the cells.
            pool: State of cells in the same use, (1, pool).
            times: Pulse times that predictors chose, (cells,) each, s.
            source: Source of the noise.
        """
        cells = len(landings.start)
        amplitude = _amplitude(device, landings.target > landings.start)
        own = take_columns(state, torch.arange(cells).repeat_interleave(self.futures))
        errors = self._future_errors(device, own, landings, amplitude, source)
        mean = errors.mean(-1)
        half = self.futures // 2
        halves = (errors[..., :half].mean(-1), errors[..., half:].mean(-1))
        crossed = [_at(judge, _best(choose)) for choose, judge in (halves, halves[::-1])]
        found = {"state": (crossed[0] + crossed[1]) / 2}
        for count in self.remembered:
            known = self._known(device, pool, landings, count, source)
            expected = self._future_errors(device, known, landings, amplitude, source).mean(-1)
            found[f"remembered{count}"] = _at(mean, _best(expected))
        for name, time in times.items():
            found[name] = _along(mean, (time.abs() / self.shortest).log() / self._step)
        return found

    @property
    def _step(self) -> float:
        """Logarithm of the ratio of neighbouring pulse times."""
        return math.log(self.longest / self.shortest) / (self.times - 1)

    def _known(
        self,
        device: Device[Any],
        pool: Any,
        landings: Landings,
        count: int,
        source: torch.Generator,
    ) -> Any:
        """State of cells that did what each cell did: (1, cells * futures)."""
        earlier = landings.earlier[:, landings.earlier.shape[1] - count :]
        began = earlier[:, 0, 0] if count else landings.start
        reads = device.conductance(pool).flatten()
        alike = self._alike(reads.expand(len(began), -1), began, source)
        state = take_columns(pool, alike.flatten())
        first = self.particles * torch.arange(len(began))[:, None]
        for _, after, time in (each.unbind(-1) for each in earlier.unbind(1)):
            amplitude = _amplitude(device, time > 0).repeat_interleave(self.particles)
            width = time.abs().repeat_interleave(self.particles)
            state = device.apply(state, Pulse(amplitude[None], width[None]), source)
            reads = device.conductance(state).reshape(len(after), -1)
            state = take_columns(state, (first + self._alike(reads, after, source)).flatten())
        return take_columns(state, (first + torch.arange(self.futures)).flatten())

    def _alike(self, reads: Tensor, read: Tensor, source: torch.Generator) -> Tensor:
        """Some of the cells of each row, most likely those that read alike: (rows, particles)."""
        near = -0.5 * ((reads / read[:, None]).log() / self.width) ** 2
        return torch.multinomial(near.softmax(1), self.particles, True, generator=source)

    def _future_errors(
        self,
        device: Device[Any],
        state: Any,
        landings: Landings,
        amplitude: Tensor,
        source: torch.Generator,
    ) -> Tensor:
        """Relative error after every pulse time: (times, cells, copies)."""
        cells = len(amplitude)
        copies = state.energy.shape[-1] // cells
        each = amplitude.repeat_interleave(copies)[None]
        times = self.shortest * torch.exp(self._step * torch.arange(self.times).double())
        landed = []
        for width in times.diff(prepend=times.new_zeros(1)).tolist():
            state = device.apply(state, Pulse(each, torch.full_like(each, width)), source)
            landed.append(device.conductance(state).reshape(cells, copies))
        return (torch.stack(landed) / landings.target[:, None] - 1.0).abs()


def _amplitude(device: Device[Any], upwards: Tensor) -> Tensor:
    up, down = torch.tensor([device.set_voltage, device.reset_voltage], dtype=torch.float64)
    return torch.where(upwards, up, down)


def _best(error: Tensor) -> Tensor:
    """Place of the least error of each cell, neighbours counted in since few futures are noisy."""
    padded = torch.cat([error[:1], error, error[-1:]])
    return (padded[:-2] + padded[1:-1] + padded[2:]).argmin(0)


def _at(error: Tensor, place: Tensor) -> Tensor:
    return error.gather(0, place[None])[0]


def _along(error: Tensor, place: Tensor) -> Tensor:
    """Error between the places of the pulse times."""
    inside = place.clamp(0.0, len(error) - 1.0)
    left = inside.floor().long().clamp(max=len(error) - 2)
    weight = inside - left
    return _at(error, left) * (1.0 - weight) + _at(error, left + 1) * weight
