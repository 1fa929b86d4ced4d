"""Outcomes of sweeps of feedforward pulses."""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Annotated, Any

import torch

from mho.bench import SimulatedBench
from mho.core import Device
from mho.core.check import argument_error, check_number
from mho.core.random import generator, kernel_key
from mho.devices import DEVICES, FourTerminal
from mho.programming import Origin, Outcomes
from mho.programming.feedforward import (
    Cycles,
    FeedforwardPulse,
    IdenticalPulses,
    LinearResistance,
    cycle,
)
from mho.programming.segmentation import segment
from mho.studies.feedforward_levels import calibrated_scheme, found_scheme
from mho.studies.settings import OneOf

from .sources import Source


@dataclass(frozen=True, kw_only=True)
class Swept(Source):
    """Sweeps of feedforward pulses, of which each level takes the nearest read.

    A sweep is split into levels as by `segment`: from its own least to its own largest read. The
    outcome is what the cell holds after the pulses of a level, and the target is the level between
    the ends of the scheme's scale, the same for all sweeps. So it counts too by how much sweeps
    begin and end elsewhere. Nanoscale Horiz. 10 (2025) 780 counts a level along its own sweep,
    whose ends then have no error.

    Args:
        device: Model of the cells.
        scheme: The feedforward scheme; if left out, one of 500 pulses is found for the device.
        characterisation: Sweeps of identical pulses that calibrate it, on a cell of its own; if
            left out, the scheme is fitted to the model.
        levels: Levels of a sweep.
        rises: Whether SET pulses sweep, which raise the conductance, or RESET pulses.
        cells: Cells that are driven at the same time.
        cycles: Sweeps of each cell, after a first that is not counted.
    """

    device: Annotated[Device[Any], OneOf(*DEVICES)] = field(
        default_factory=lambda: FourTerminal.preset("ffp2025")
    )
    scheme: FeedforwardPulse | None = None
    characterisation: IdenticalPulses | None = None
    levels: int = 512
    rises: bool = True
    cells: int = 11
    cycles: int = 6

    @classmethod
    def presets(cls) -> list[str]:
        """Names of the presets: the scheme of the publication on its cell."""
        return ["ffp2025"]

    @classmethod
    def preset(cls, name: str, **changes: Any) -> "Swept":
        """Sweeps with a published scheme, calibrated as published.

        Args:
            name: One of `presets()`.
            **changes: Fields to set otherwise than the publication.
        """
        if name not in cls.presets():
            raise argument_error("name", f"be one of {', '.join(cls.presets())}", f"is {name}")
        amplitudes = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0)
        published: dict[str, Any] = {
            "device": FourTerminal.preset(name),
            "scheme": FeedforwardPulse(
                scale=LinearResistance(low=1 / 880.0, high=1 / 740.0),
                set_pulses=665,
                reset_pulses=665,
                width=0.8,
            ),
            "characterisation": IdenticalPulses(
                amplitudes=amplitudes,
                width=2.0,
                pulses=100,
                repeats=5,
                start_amplitude=6.0,
                rest=300.0,
            ),
        }
        return cls(**published | changes)

    def __post_init__(self) -> None:
        check_number("levels", self.levels, low=2)
        for name in ("cells", "cycles"):
            check_number(name, getattr(self, name), low=1)

    def outcomes(self, seed: int) -> Outcomes:
        # Sweeps are the same however many levels they are split into, and whichever way.
        driven = _driven(replace(self, levels=2, rises=True), seed)
        sweeps = driven.up if self.rises else driven.down
        split = segment(sweeps.position, self.levels)
        achieved = sweeps.conductance.gather(1, split.index)
        return Outcomes.of_sweeps(sweeps.scale.conductance(split.target), achieved)

    def origin(self, seeds: tuple[int, ...]) -> Origin:
        sweeps, way = self.cells * self.cycles, "SET" if self.rises else "RESET"
        what = f"{sweeps} simulated sweeps by {way} pulses, {self.levels} levels"
        return Origin(
            scheme=f"{self._uncalibrated()}",
            device=f"{self.device}",
            outcomes=f"{what}, for each of the seeds {seeds}",
        )

    def limits(self) -> tuple[float, float]:
        scale = self._uncalibrated().scale.spanning(self.device)
        low, high = scale.conductance(torch.tensor([0.0, 1.0], dtype=torch.float64)).tolist()
        return low, high

    def of_levels(self, levels: int) -> Source:
        return replace(self, levels=levels)

    def _uncalibrated(self) -> FeedforwardPulse:
        return self.scheme or found_scheme(self.device)

    def _drive(self, seed: int) -> Cycles:
        source = generator(seed)
        single, many = (
            SimulatedBench(self.device, (1, cells), seed=kernel_key(source))
            for cells in (1, self.cells)
        )
        scheme = self._uncalibrated()
        if self.characterisation is None:
            scheme = scheme.fit(self.device)
        else:
            scheme, _ = calibrated_scheme(single, self.device, scheme, self.characterisation)
        # The first cycle starts from fresh cells, unlike all that follow.
        return cycle(many, cycle(many, scheme).scheme, self.cycles)


@lru_cache(maxsize=8)
def _driven(swept: Swept, seed: int) -> Cycles:
    return swept._drive(seed)
