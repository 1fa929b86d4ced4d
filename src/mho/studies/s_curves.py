"""How cells switch under many short pulses: S-shaped, and each at its own moment."""

from dataclasses import dataclass, field
from typing import Annotated, Any

import torch
from torch import Tensor

from mho.bench import SimulatedBench
from mho.core import Device, Pulse
from mho.core.check import argument_error, check_number
from mho.core.units import si
from mho.devices import DEVICES, JartTUD

from .settings import OneOf
from .spread import spread
from .study import Progress, Shards, Study


@dataclass(frozen=True, kw_only=True)
class SCurves(Study):
    """After how many equal pulses does a cell switch, up and down again?

    Fresh cells take SET pulses and then as many RESET pulses, and are read after each. A cell has
    switched with the pulse that takes it past the middle of the range between `g_min` and `g_max`.

    Args:
        device: Model of the cells.
        pulses: SET pulses, and RESET pulses.
        width: s. Width of each pulse.
        cells: Cells for each seed.
        stored: Every so many pulses the conductance of every cell is stored.
        seeds: Each selects other cells and other noise.
    """

    device: Annotated[Device[Any], OneOf(*DEVICES)] = field(
        default_factory=lambda: JartTUD.preset("yu2022")
    )
    pulses: int = 6000
    width: float = 1e-6
    cells: int = 10
    stored: int = 20
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        for name in ("pulses", "cells", "stored"):
            check_number(name, getattr(self, name), low=1)
        check_number("width", self.width, low=0.0, above=True)
        if not self.seeds:
            raise argument_error("seeds", "hold at least one", "is empty")

    def run(self, folder: Shards, progress: Progress) -> "SCurvesResult":
        with progress.stage("Seeds", len(self.seeds) + 1) as advance:
            runs = {f"seed{seed}": (self.device, self.cells, seed) for seed in self.seeds}
            for name, run in ({"noise_free": (self.device.noise_free(), 1, 0)} | runs).items():
                if not folder.has(name):
                    folder.write(name, **self._curves(*run))
                advance(1)
        metrics: dict[str, Any] = {"seeds": list(self.seeds), "width": self.width}
        quiet = folder.read("noise_free")
        noisy = [folder.read(name) for name in runs]
        for direction in ("set", "reset"):
            moments = [torch.as_tensor(shard[f"{direction}_pulse"]) for shard in noisy]
            metrics[direction] = _figures(moments, torch.as_tensor(quiet[f"{direction}_pulse"]))
        return SCurvesResult(metrics)

    def _curves(self, device: Device[Any], cells: int, seed: int) -> dict[str, Tensor]:
        """Conductance after every so many pulses, and the pulse with which each cell switched."""
        bench = SimulatedBench(device, (1, cells), seed=seed)
        curve = [bench.read()]
        for amplitude in (device.set_voltage, device.reset_voltage):
            pulse = Pulse.uniform((1, cells), amplitude=amplitude, width=self.width)
            for _ in range(self.pulses):
                bench.apply(pulse)
                curve.append(bench.read())
        conductance = torch.cat(curve)
        high = conductance > (device.g_min + device.g_max) / 2
        return {
            "conductance": conductance[:: self.stored],
            "set_pulse": _first(high[: self.pulses + 1]),
            "reset_pulse": _first(~high[self.pulses :]),
        }


def _first(switched: Tensor) -> Tensor:
    """Pulse after which each cell counts as switched for the first time, NaN if none.

    A cell that is there before the first pulse has nothing to switch.
    """
    pulse = switched.int().argmax(dim=0).double()
    return torch.where(pulse > 0, pulse, torch.nan)


def _figures(moments: list[Tensor], quiet: Tensor) -> dict[str, Any]:
    every = torch.cat(moments)
    known = every[~every.isnan()]
    means = [float(each.nanmean()) for each in moments if not each.isnan().all()]
    return {
        "mean": spread(means) if means else None,
        "first": float(known.min()) if len(known) else None,
        "last": float(known.max()) if len(known) else None,
        "share": float((~every.isnan()).double().mean()),
        "noise_free": None if quiet.isnan() else quiet.item(),
    }


@dataclass(frozen=True)
class SCurvesResult:
    """With which pulse the cells switched.

    Args:
        metrics: For SET and RESET the number of the pulse with which cells switched: mean with its
            spread over the seeds, first and last of all cells, that of a cell without noise and
            spread, and the share of cells that switched at all.
    """

    metrics: dict[str, Any]

    def __str__(self) -> str:
        width = si(self.metrics["width"], "s")
        lines = [f"SCurves: pulse of {width} with which cells pass the middle of their range"]
        lines.append(f"{'':>8}{'first':>8}{'mean':>8}{'last':>8}{'noise-free':>12}{'switched':>10}")
        for direction in ("set", "reset"):
            figures = self.metrics[direction]
            mean = figures["mean"] and figures["mean"]["mean"]
            values = (figures["first"], mean, figures["last"])
            shown = "".join(f"{_shown(value):>8}" for value in values)
            quiet, share = _shown(figures["noise_free"]), 100 * figures["share"]
            lines.append(f"{direction.upper():>8}{shown}{quiet:>12}{share:>8.0f} %")
        return "\n".join(lines)


def _shown(pulse: float | None) -> str:
    return "none" if pulse is None else f"{pulse:.0f}"
