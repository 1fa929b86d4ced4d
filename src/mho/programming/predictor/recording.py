"""Drives cells to random targets, and keeps what they did on the way."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mho.core import Device
from mho.core.check import argument_error, check_number
from mho.core.random import generator

from .looks import Looks
from .records import PulseRecords, joined
from .visit import Visit, crossing


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Drives cells of a device from target to random target, and keeps what they did.

    Each cell visits one target after the other, as in use: a record starts where the one before
    ended, with whatever the noise has made of the hidden state by then. The pulse is cut where the
    conductance passes the target; of the samples on both sides the closer one counts. The history
    goes on beyond it, on a copy of the cell. Source: paper of the pulse predictor, section II-B.

    Args:
        cells: Cells to record.
        targets: Records of each cell.
        warm_up: Targets that each cell visits before it is recorded.
        low: S. Lowest target, 3 % of the device's range above its bottom if left out.
        high: S. Highest target, 5 % of the device's range below its top if left out.
        step: s. Time between two samples.
        longest: s. Pulse time after which a target counts as missed.
        extent: How long a history is, in pulse times.
        looks: How copies are driven on across the whole range, in place of histories, if given.
        seed: Selects cells, targets and noise.
    """

    cells: int = 250
    targets: int = 40
    warm_up: int = 5
    low: float | None = None
    high: float | None = None
    step: float = 10e-9
    longest: float = 5e-3
    extent: float = 2.0
    looks: Looks | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        check_number("cells", self.cells, low=1)
        check_number("targets", self.targets, low=1)
        check_number("warm_up", self.warm_up, low=0)
        check_number("step", self.step, low=0.0, above=True)
        check_number("longest", self.longest, low=self.step)
        check_number("extent", self.extent, low=1.0)

    def range(self, device: Device[Any]) -> tuple[float, float]:
        """Lowest and highest target for a device, S.

        Args:
            device: Model of the cells.
        """
        span = device.g_max - device.g_min
        low = device.g_min + 0.03 * span if self.low is None else self.low
        high = device.g_max - 0.05 * span if self.high is None else self.high
        if not device.g_min <= low < high <= device.g_max:
            must = f"lie within {device.g_min:.4g} to {device.g_max:.4g} S, `low` below `high`"
            raise argument_error("low", must, f"they are {low:.4g} and {high:.4g} S")
        return low, high

    def record(self, device: Device[Any], state: Any = None) -> PulseRecords:
        """Records of a device.

        Args:
            device: Model of the cells.
            state: State of (1, cells) to record instead of new ones.
        """
        source, draws = generator(self.seed, 0), generator(self.seed, 1)
        low, high = self.range(device)
        rounds = []
        if state is None:
            state = device.fabricate((1, self.cells), source)
        for number in range(self.warm_up + self.targets):
            target = low + (high - low) * torch.rand(
                1, self.cells, dtype=torch.float64, generator=draws
            )
            visit = Visit(device, state, target, step=self.step)
            visit.cross(source, longest=self.longest)
            if number >= self.warm_up:
                rounds.append(self._records(visit, state, source))
            state = visit.state
        return joined(rounds)

    def _records(self, visit: Visit, state: Any, source: torch.Generator) -> PulseRecords:
        """Records of a round, with histories or with looks at copies of the cells before it."""
        if self.looks is None:
            return visit.records(source, extent=self.extent)
        within = self.range(visit.device)
        return self.looks.record(
            visit.device,
            state,
            visit.target.flatten(),
            within=within,
            step=self.step,
            source=source,
        )

    def used(self, device: Device[Any], conductance: Tensor, generator: torch.Generator) -> Any:
        """State of cells in use: made, driven to `warm_up` random targets, then to a conductance.

        They are to a predictor what the starts of records are, so it can be judged on them.

        Args:
            device: Model of the cells.
            conductance: (..., rows, cols), S. Where each cell is left, past it by a sample.
            generator: Source of spread, targets and noise.
        """
        low, high = self.range(device)
        state = device.fabricate(tuple(conductance.shape), generator)
        for _ in range(self.warm_up):
            draw = torch.rand(conductance.shape, dtype=torch.float64, generator=generator)
            state = self._crossed(device, state, low + (high - low) * draw, generator)
        return self._crossed(device, state, conductance, generator)

    def _crossed(
        self, device: Device[Any], state: Any, target: Tensor, source: torch.Generator
    ) -> Any:
        """State of cells once they have passed a target."""
        parts = crossing(device, state, target, source, step=self.step, longest=self.longest)
        for trace in parts:
            state = trace.state
        return state
