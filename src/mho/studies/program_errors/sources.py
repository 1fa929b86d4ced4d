"""Where outcomes of programming come from."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Annotated, Any

import torch

from mho.bench import SimulatedBench
from mho.core import Device
from mho.core.check import check_number
from mho.core.random import generator, kernel_key
from mho.devices import DEVICES, JartTUD
from mho.programming import Cycling, KnotGrid, Origin, Outcomes, program
from mho.studies.closed_loop import Scheme
from mho.studies.settings import OneOf


class Source(ABC):
    """Makes outcomes of programming anew for each seed. Subclasses are frozen dataclasses."""

    @abstractmethod
    def outcomes(self, seed: int) -> Outcomes:
        """Targets and what came of them.

        Args:
            seed: Selects the cells, their noise and the targets.
        """

    @abstractmethod
    def origin(self, seeds: tuple[int, ...]) -> Origin:
        """What a fit to these outcomes is from.

        Args:
            seeds: Seeds of the outcomes.
        """

    @abstractmethod
    def limits(self) -> tuple[float, float]:
        """Lowest and highest target, S."""

    @abstractmethod
    def of_levels(self, levels: int) -> "Source":
        """The same cells, sent to so many levels; itself where any target can be asked for.

        Args:
            levels: Levels of a cell.
        """


@dataclass(frozen=True, kw_only=True)
class Programmed(Source):
    """Cells of a device that a scheme programs to random targets.

    Args:
        device: Model of the cells.
        scheme: Chooses the pulses, and says when a cell counts as programmed.
        history: What the cells went through before they are programmed; fresh if left out.
        cells: Cells of each seed.
        low: S. Lowest target.
        high: S. Highest target.
        knots: Targets, evenly spread, at which the error is described.
    """

    device: Annotated[Device[Any], OneOf(*DEVICES)] = field(
        default_factory=lambda: JartTUD.preset("yu2022", set_voltage=-0.4713, reset_voltage=0.9726)
    )
    scheme: Scheme = field(default_factory=Scheme)
    history: Cycling | None = None
    cells: int = 4096
    low: float = 110e-6
    high: float = 520e-6
    knots: int = 9

    def __post_init__(self) -> None:
        check_number("cells", self.cells, low=20)
        check_number("low", self.low, low=self.device.g_min)
        check_number("high", self.high, low=self.low, high=self.device.g_max, above=True)
        check_number("knots", self.knots, low=2)

    def outcomes(self, seed: int) -> Outcomes:
        source = generator(seed)
        share = torch.rand(1, self.cells, dtype=torch.float64, generator=source)
        target = self.low + (self.high - self.low) * share
        bench = SimulatedBench(self.device, (1, self.cells), seed=kernel_key(source))
        if self.history is not None:
            self.history.apply(bench, self.device)
        result = program(
            bench,
            self.scheme.programmer.fit(self.device),
            target,
            tolerance=self.scheme.tolerance,
            max_pulses=self.scheme.max_pulses,
        )
        return Outcomes.of_results(
            result, grid=KnotGrid.over(self.low, self.high, knots=self.knots)
        )

    def origin(self, seeds: tuple[int, ...]) -> Origin:
        return Origin(
            scheme=f"{self.scheme}",
            device=f"{self.device}, {self.history or 'fresh'}",
            outcomes=f"{self.cells} simulated cells for each of the seeds {seeds}",
        )

    def limits(self) -> tuple[float, float]:
        return self.low, self.high

    def of_levels(self, levels: int) -> Source:
        return self
