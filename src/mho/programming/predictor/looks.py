"""What pulses of any length would do: copies of cells that are driven on across the range."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.check import check_number

from .histories import Futures
from .records import PulseRecords


@dataclass(frozen=True, kw_only=True)
class Looks:
    """Drives copies of cells on until the range of targets lies behind, and looks ever more rarely.

    A history that ends soon after its own target makes light of pulses that are too long, since all
    that comes later counts as its last sample. These end long after any target, and show pulses to
    all of them.

    Args:
        ratio: Time of each later look, in times of the one before.
        extent: How long a copy is driven, in times until it had left the range.
        longest: s. Time of the last look in any case.
    """

    ratio: float = 1.1
    extent: float = 2.0
    longest: float = 2e-3

    def __post_init__(self) -> None:
        check_number("ratio", self.ratio, low=1.0, above=True)
        check_number("extent", self.extent, low=1.0)
        check_number("longest", self.longest, low=0.0, above=True)

    def record(
        self,
        device: Device[Any],
        state: Any,
        target: Tensor,
        *,
        within: tuple[float, float],
        step: float,
        source: torch.Generator,
        earlier: Tensor | None = None,
    ) -> PulseRecords:
        """What would lead each cell to its target; those that none leads there are no records.

        Args:
            device: Model of the cells.
            state: State of the cells, (1, cells).
            target: (cells,), S. Conductance wanted of each.
            within: S. Lowest and highest target.
            step: s. Time of the first look.
            source: Source of the noise.
            earlier: (cells, pulses, 3). Pulses that each cell had before, none if left out.
        """
        start = device.conductance(state).flatten()
        upwards = target > start
        up, down = start.new_tensor([device.set_voltage, device.reset_voltage])
        amplitude = torch.where(upwards, up, down)
        courses = self._driven(device, state, amplitude, within, step, source)
        place, reached = _closest(courses, target, upwards)
        time = self._times(step)[place]
        records = PulseRecords(
            start=start,
            target=target,
            end=courses.samples[courses.begin + place].double(),
            time=torch.where(upwards, time, -time),
            amplitude=amplitude,
            cell=torch.arange(len(start)),
            earlier=start.new_empty(len(start), 0, 3) if earlier is None else earlier,
            histories=courses,
            missed=int((~reached).sum()),
        )
        return records.where(reached)

    def _times(self, step: float) -> Tensor:
        """When a copy is looked at, s; the first time before its pulse."""
        count = 1 + math.floor(math.log(max(self.longest / step, 1.0)) / math.log(self.ratio))
        growing = step * self.ratio ** torch.arange(count, dtype=torch.float64)
        return torch.cat([torch.zeros(1, dtype=torch.float64), growing])

    def _driven(
        self,
        device: Device[Any],
        state: Any,
        amplitude: Tensor,
        within: tuple[float, float],
        step: float,
        source: torch.Generator,
    ) -> Futures:
        """Conductance of every copy at every look."""
        seen, upwards = [device.conductance(state).flatten()], amplitude == device.set_voltage
        count = torch.ones(len(amplitude), dtype=torch.int64)
        end = torch.full_like(amplitude, math.inf)
        low, high = within
        times = self._times(step)
        for before, now in pairwise(times):
            driven = before < end
            pulse = Pulse(amplitude[None], ((now - before) * driven)[None])
            state = device.apply(state, pulse, source)
            seen.append(device.conductance(state).flatten())
            count += driven
            left = torch.where(upwards, seen[-1] >= high, seen[-1] <= low)
            end = torch.where(left, end.minimum(self.extent * now), end)
        samples = torch.stack(seen, 1).float()
        begin = torch.arange(len(amplitude)) * samples.shape[1]
        return Futures(samples.flatten(), begin, count, step, self.ratio)


def _closest(courses: Futures, target: Tensor, upwards: Tensor) -> tuple[Tensor, Tensor]:
    """Sample closest to the target when it is passed, and whether it is passed."""
    seen = courses.samples.reshape(len(target), -1).double()
    passed = torch.where(upwards[:, None], seen >= target[:, None], seen <= target[:, None])
    after = passed[:, 1:].int().argmax(1) + 1
    pair = torch.stack([after - 1, after], 1)
    distance = (seen.gather(1, pair) - target[:, None]).abs()
    nearer = torch.where(distance[:, 0] < distance[:, 1], after - 1, after)
    return nearer.clamp(min=1), passed[:, 1:].any(1)
