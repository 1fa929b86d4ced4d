"""What pulses do to the cells of a device, and what time does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from mho.core import Device
from mho.core.check import argument_error, check_number
from mho.devices import DEVICES, JartTUD
from mho.studies.settings import OneOf
from mho.studies.study import Progress, Shards, Study

from .measurements import Trains, find_trains, loop, retention, steps, switching_curves
from .result import Characteristics


@dataclass(frozen=True, kw_only=True)
class Characterise(Study):
    """What do pulses do to the cells of a device, and what does time?

    Current over a voltage sweep; conductance over identical SET and RESET pulses, with its spread;
    the conductances that fresh, SET and RESET cells end at; what one pulse changes, by where the
    cell starts and by the amplitude; and conductance over time. Pulse widths are found on a cell
    without noise.

    Args:
        device: Model of the cells.
        pulses: Identical pulses of a SET or RESET train.
        share: How much of its way a train leads a noise-free cell, 0 to 1.
        cells: Cells whose spread is measured.
        traces: Cells that are followed one by one.
        voltages: Voltages of the sweep from zero to either end.
        levels: Start conductances of the map of changes.
        amplitudes: Amplitudes of the map of changes, for either polarity.
        rests: s. Times after the last pulse at which conductances are read.
        seed: Selects cells and noise.
    """

    device: Annotated[Device[Any], OneOf(*DEVICES)] = field(
        default_factory=lambda: JartTUD.preset("yu2022")
    )
    pulses: int = 50
    share: float = 0.9
    cells: int = 200
    traces: int = 10
    voltages: int = 50
    levels: int = 25
    amplitudes: int = 20
    rests: tuple[float, ...] = (1e-3, 1e-2, 0.1, 1.0, 10.0, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8)
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("pulses", "cells", "voltages", "amplitudes"):
            check_number(name, getattr(self, name), low=1)
        check_number("traces", self.traces, low=1, high=self.cells)
        check_number("levels", self.levels, low=2)
        check_number("share", self.share, low=0.0, high=0.99, above=True)
        if list(self.rests) != sorted({0.0, *self.rests})[1:]:
            raise argument_error("rests", "be positive and rise", f"is {self.rests}")

    def run(self, folder: Shards, progress: Progress) -> Characteristics:
        parts = self._parts()
        with progress.stage("Measurements", 1 + len(parts)) as advance:
            if not folder.has("trains"):
                found = find_trains(self.device, self.pulses, self.share, self.levels)
                folder.write("trains", **vars(found))
            advance(1)
            trains = Trains.stored(folder.read("trains"))
            for name, measure in parts.items():
                if not folder.has(name):
                    folder.write(name, **measure(trains))
                advance(1)
        return Characteristics.gather(folder, self.device)

    def _parts(self) -> dict[str, Callable[[Trains], dict[str, Any]]]:
        """Measurement behind each shard."""
        device, seed = self.device, self.seed
        return {
            "switching": lambda trains: switching_curves(
                device, trains, self.cells, self.traces, seed
            ),
            "loop": lambda trains: loop(
                device, trains, self.share, self.voltages, self.traces, seed
            ),
            "steps": lambda trains: steps(device, trains, self.amplitudes),
            "retention": lambda trains: retention(device, trains, self.rests, self.cells, seed),
        }
