"""Cells on their way to one target each, sample by sample."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mho.core import Device, Pulse, Trace

from .histories import Histories
from .records import PulseRecords

FIRST_STEPS = 1000
"""Steps of the first part of a pulse; each part after it is as long as all before."""
MOST_SAMPLES = 1 << 26
"""Samples of all cells that a part may have, 256 MiB, unless its first steps have more."""


def crossing(
    device: Device[Any],
    state: Any,
    target: Tensor,
    source: torch.Generator,
    *,
    step: float,
    longest: float,
) -> Iterator[Trace[Any]]:
    """Parts of the pulses that drive cells past their targets, until all have passed.

    Args:
        device: Model of the cells.
        state: State of the cells before.
        target: (..., rows, cols), S. Conductance to pass.
        source: Source of the noise.
        step: s. Time between two samples.
        longest: s. Pulse time after which a target counts as missed.
    """
    start = device.conductance(state)
    upwards, amplitude = target > start, _towards(device, start, target)
    last = round(longest / step)
    most = MOST_SAMPLES // (target.numel() * FIRST_STEPS) * FIRST_STEPS
    steps, gone, left = FIRST_STEPS, 0, torch.ones_like(upwards)
    while gone < last and left.any():
        steps = min(steps, last - gone)
        pulse = Pulse(amplitude, step * steps * left.double())
        trace = device.trace(state, pulse, source, step=step, target=target)
        yield trace
        state = trace.state
        now = device.conductance(state)
        left = torch.where(upwards, now < target, now > target)
        gone += steps
        steps = max(FIRST_STEPS, min(gone, most))


def _towards(device: Device[Any], start: Tensor, target: Tensor) -> Tensor:
    """Amplitude in the direction of the target: as `start`, V."""
    up, down = start.new_tensor([device.set_voltage, device.reset_voltage])
    return torch.where(target > start, up, down)


class Visit:
    """Cells on their way to one target each.

    Args:
        device: Model of the cells.
        state: State of the cells before, (1, cells).
        target: (1, cells), S. Conductance wanted of each.
        step: s. Time between two samples.
    """

    def __init__(self, device: Device[Any], state: Any, target: Tensor, *, step: float) -> None:
        self.device, self.state, self.target, self.step = device, state, target, step
        self.start = device.conductance(state)
        self.upwards = target > self.start
        self.amplitude = _towards(device, self.start, target)
        self.reached = torch.zeros_like(self.upwards)
        self.parts: list[list[np.ndarray[Any, Any]]] = [[] for _ in range(target.numel())]

    def cross(self, source: torch.Generator, *, longest: float) -> None:
        """Drive every cell until it passes its target.

        Args:
            source: Source of the noise.
            longest: s. Pulse time after which a target counts as missed.
        """
        parts = crossing(
            self.device, self.state, self.target, source, step=self.step, longest=longest
        )
        for trace in parts:
            self._keep(trace)
        now = self.device.conductance(self.state)
        self.reached = torch.where(self.upwards, now >= self.target, now <= self.target)

    def records(self, source: torch.Generator, *, extent: float) -> PulseRecords:
        """Records of the cells that reached their target, with histories on copies of the cells.

        Args:
            source: Source of the noise.
            extent: How long a history is, in pulse times.
        """
        chosen = self._closest()
        passed = torch.tensor([sum(map(len, parts)) for parts in self.parts])
        last = torch.ceil(extent * chosen)
        state, step = self.state, self.step
        more = ((last - passed).clamp(min=0.0) * self.reached.flatten()).reshape(1, -1)
        beyond = Pulse(self.amplitude, step * more)
        self._keep(self.device.trace(state, beyond, source, step=step))
        self.state = state
        kept = self.reached.flatten()
        histories = [
            np.concatenate([[np.float32(start)], *parts])[: int(end) + 1]
            for start, parts, end, keep in zip(
                self.start.flatten(), self.parts, last, kept, strict=True
            )
            if keep
        ]
        count = torch.tensor([len(history) for history in histories], dtype=torch.int64)
        samples = torch.from_numpy(np.concatenate([np.empty(0, np.float32), *histories]))
        whole = Histories(samples, count.cumsum(0) - count, count, step)
        time = chosen[kept] * step
        sign = torch.where(self.upwards.flatten()[kept], 1.0, -1.0).double()
        return PulseRecords(
            start=self.start.flatten()[kept],
            target=self.target.flatten()[kept],
            end=samples[whole.begin + chosen[kept].long()].double(),
            time=sign * time,
            amplitude=self.amplitude.flatten()[kept],
            cell=torch.arange(len(kept))[kept],
            earlier=torch.empty(int(kept.sum()), 0, 3, dtype=torch.float64),
            histories=whole,
            missed=int((~kept).sum()),
        )

    def _keep(self, trace: Trace[Any]) -> None:
        self.state = trace.state
        bounds = trace.count.flatten().cumsum(0)[:-1].tolist()
        for parts, part in zip(
            self.parts, np.split(trace.conductance.numpy(), bounds), strict=True
        ):
            if part.size:
                parts.append(part.copy())

    def _closest(self) -> Tensor:
        """Steps after which each cell was closest to its target, of the last two."""
        steps = []
        for parts, target in zip(self.parts, self.target.flatten().tolist(), strict=True):
            count = sum(map(len, parts))
            last = [float(value) for part in parts[-2:] for value in part[-2:]][-2:]
            earlier = len(last) == 2 and abs(last[0] - target) < abs(last[1] - target)
            steps.append(count - 1 if earlier else count)
        return torch.tensor(steps, dtype=torch.float64)
