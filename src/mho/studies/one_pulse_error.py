"""Where one pulse lands when the noise was not reckoned with, from fast to slow pulses."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import torch

from mho.bench import SimulatedBench
from mho.core import Device
from mho.core.check import argument_error, check_number
from mho.core.units import si
from mho.devices import DEVICES, JartTUD
from mho.programming import Cycling, NoiseFreeInverse, program

from .settings import OneOf
from .spread import spread
from .study import Progress, Shards, Study


@dataclass(frozen=True, kw_only=True)
class OperatingPoint:
    """Voltages that switch the cells.

    Args:
        set_voltage: V. SET amplitude.
        reset_voltage: V. RESET amplitude.
    """

    set_voltage: float
    reset_voltage: float


@dataclass(frozen=True, kw_only=True)
class OnePulseError(Study):
    """How far off does one noise-free-inverse pulse land, from fast to slow operating points?

    The slower the pulse, the more the filament wanders while it lasts. Cells are programmed
    twice over: fresh ones, and ones that were switched back and forth before, whose filaments
    are no longer those that the inverse reckons with.

    Args:
        device: Model of the cells; its voltages are replaced by those of the points.
        points: Operating points.
        cycles: Full SETs and RESETs that the used cells went through.
        cells: Cells for each target.
        targets: Targets, evenly spread from `low` to `high`.
        low: S. Lowest target.
        high: S. Highest target.
        seeds: Each selects other cells and other noise.
    """

    device: Annotated[Device[Any], OneOf(*DEVICES)] = field(
        default_factory=lambda: JartTUD.preset("yu2022")
    )
    points: tuple[OperatingPoint, ...] = (
        OperatingPoint(set_voltage=-0.5390, reset_voltage=1.1219),
        OperatingPoint(set_voltage=-0.4886, reset_voltage=1.0099),
        OperatingPoint(set_voltage=-0.4713, reset_voltage=0.9726),
        OperatingPoint(set_voltage=-0.4450, reset_voltage=0.9164),
        OperatingPoint(set_voltage=-0.3420, reset_voltage=0.7065),
    )
    cycles: int = 5
    cells: int = 64
    targets: int = 16
    low: float = 110e-6
    high: float = 520e-6
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        for name in ("cells", "targets"):
            check_number(name, getattr(self, name), low=1)
        check_number("cycles", self.cycles, low=0)
        check_number("low", self.low, low=self.device.g_min)
        check_number("high", self.high, low=self.low, high=self.device.g_max)
        for name in ("points", "seeds"):
            if not getattr(self, name):
                raise argument_error(name, "hold at least one", "is empty")

    def run(self, folder: Shards, progress: Progress) -> "OnePulseErrors":
        with progress.stage("Operating points", len(self.points)) as advance:
            for number, point in enumerate(self.points):
                if not folder.has(f"point{number}"):
                    folder.write(f"point{number}", **self._measure(point))
                advance(1)
        metrics: dict[str, Any] = {"seeds": list(self.seeds)}
        for name in (f"point{number}" for number in range(len(self.points))):
            stored = folder.read(name)
            metrics[name] = {
                key: spread(value.tolist()) if value.ndim else value.item()
                for key, value in stored.items()
            }
        return OnePulseErrors(metrics)

    def _measure(self, point: OperatingPoint) -> dict[str, Any]:
        """Errors at one operating point, a mean over cells for each seed."""
        device = replace(  # type: ignore[type-var]
            self.device, set_voltage=point.set_voltage, reset_voltage=point.reset_voltage
        )
        scheme = NoiseFreeInverse().fit(device)
        assert scheme.set_curve is not None
        assert scheme.reset_curve is not None
        set_time = scheme.set_curve.time.max().item()
        reset_time = scheme.reset_curve.time.max().item()
        outcome: dict[str, Any] = {
            "set_voltage": point.set_voltage,
            "reset_voltage": point.reset_voltage,
            "set_time": set_time,
            "reset_time": reset_time,
        }
        width = 2 * max(set_time, reset_time)
        for name, cycles in (("fresh", 0), ("used", self.cycles)):
            history = Cycling(cycles=cycles, width=width)
            errors = [self._errors(device, scheme, history, seed) for seed in self.seeds]
            outcome[f"{name}_error"] = torch.stack([e.mean() for e in errors])
            outcome[f"{name}_within_half"] = torch.stack(
                [(e < 0.5).double().mean() for e in errors]
            )
        return outcome

    def _errors(
        self, device: Device[Any], scheme: NoiseFreeInverse, history: Cycling, seed: int
    ) -> torch.Tensor:
        levels = torch.linspace(self.low, self.high, self.targets, dtype=torch.float64)
        target = levels[:, None].expand(-1, self.cells).contiguous()
        bench = SimulatedBench(device, (self.targets, self.cells), seed=seed)
        history.apply(bench, device)
        result = program(bench, scheme, target, tolerance=0.0, max_pulses=1)
        return result.relative_error


@dataclass(frozen=True)
class OnePulseErrors:
    """Mean relative errors over the operating points.

    Args:
        metrics: For each operating point its voltages (V), noise-free switching times (s), and
            for fresh and used cells the mean relative error and the share of cells within half of
            the target, with their spread over the seeds.
    """

    metrics: dict[str, Any]

    def __str__(self) -> str:
        lines = ["OnePulseError: mean relative error of one noise-free-inverse pulse"]
        lines.append(f"{'SET':>9}{'RESET':>10}{'switches in':>13}{'fresh cells':>13}{'used':>8}")
        for name, point in self.metrics.items():
            if name == "seeds":
                continue
            fresh, used = (100 * point[f"{cells}_error"]["mean"] for cells in ("fresh", "used"))
            lines.append(
                f"{point['set_voltage']:>7.4f} V{point['reset_voltage']:>8.4f} V"
                f"{si(point['set_time'], 's'):>13}{fresh:>11.1f} %{used:>6.0f} %"
            )
        return "\n".join(lines)
