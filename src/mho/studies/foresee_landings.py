"""Whether a predictor knows how far off its pulses land."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import torch
from torch import Tensor

from mho.core import Device
from mho.core.check import argument_error, check_number
from mho.devices import DEVICES, JartTUD
from mho.programming.predictor import Looks, Practice, PulsePredictor, Recording

from .settings import OneOf
from .spread import spread
from .study import Progress, Shards, Study

SHARES = (0.5, 0.8, 0.9)
"""Shares of the pulses that the intervals are made for."""


@dataclass(frozen=True, kw_only=True)
class ForeseeLandings(Study):
    """Does a predictor know how far off its pulses land?

    A predictor is trained, its pulses are sent to cells in use, and from where they land it learns
    the mean error and the quantiles to expect. On other cells that is compared with what happens:
    the share of pulses within each interval, and the mean error; over all pulses, and in fifths of
    them by their start and by their target.

    Args:
        device: Model of the cells.
        predictor: Predictor to train.
        practice: How its pulses are sent; its recording gives the number of cells.
        test: Pulses of each cell in the test.
        seeds: Each selects other cells, weights and noise.
    """

    device: Annotated[Device[Any], OneOf(*DEVICES)] = field(
        default_factory=lambda: JartTUD.preset("yu2024")
    )
    predictor: PulsePredictor = field(
        default_factory=lambda: PulsePredictor(
            recording=Recording(low=110e-6, high=520e-6, looks=Looks())
        )
    )
    practice: Practice = field(
        default_factory=lambda: Practice(
            recording=Recording(cells=1000, low=110e-6, high=520e-6), pulses=30, patience=1
        )
    )
    test: int = 10
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        check_number("test", self.test, low=1)
        if not self.seeds:
            raise argument_error("seeds", "hold at least one", "is empty")

    def run(self, folder: Shards, progress: Progress) -> "ForeseenLandings":
        with progress.stage("Seeds", len(self.seeds)) as advance:
            for seed in self.seeds:
                if not folder.has(f"seed{seed}"):
                    folder.write(f"seed{seed}", **self._landed(seed))
                advance(1)
        shards = [folder.read(f"seed{seed}") for seed in self.seeds]
        return ForeseenLandings({"seeds": list(self.seeds)} | _figures(shards))

    def _landed(self, seed: int) -> dict[str, Tensor]:
        """Where pulses landed on cells that nothing was learned from, and what was expected."""
        recording = replace(self.predictor.recording, seed=seed)
        predictor = replace(self.predictor, seed=seed, recording=recording).fit(self.device)
        predictor = predictor.foresee(self.device, self._practice(1000 + seed))
        test = replace(self._practice(2000 + seed), pulses=self.test)
        landings = test.land(self.device, predictor)
        expected = predictor.landing(landings.start, landings.target)
        bounds = [torch.stack(expected.interval(share)) for share in SHARES]
        return {
            "start": landings.start,
            "target": landings.target,
            "landed": landings.landed,
            "expected": expected.relative_error,
            "bounds": torch.stack(bounds),
        }

    def _practice(self, seed: int) -> Practice:
        return replace(self.practice, recording=replace(self.practice.recording, seed=seed))


def _figures(shards: list[dict[str, Any]]) -> dict[str, Any]:
    each = [
        {"all": _judged(shard)}
        | {
            f"{by}{number}": _judged(shard, mask)
            for by in ("start", "target")
            for number, mask in enumerate(_fifths(torch.as_tensor(shard[by])), 1)
        }
        for shard in shards
    ]
    figures = {
        group: {name: spread([one[group][name] for one in each]) for name in each[0][group]}
        for group in each[0]
    }
    return figures | {"worst": _worst(each)}


def _worst(each: list[dict[str, dict[str, float]]]) -> dict[str, Any]:
    """Largest deviation of any group from what was expected of it."""
    nominal = {f"within_{100 * share:.0f}": share for share in SHARES} | {"ratio": 1.0}
    return {
        name: spread([max(abs(group[name] - right) for group in one.values()) for one in each])
        for name, right in nominal.items()
    }


def _judged(shard: dict[str, Any], mask: Tensor | None = None) -> dict[str, float]:
    """Share of the pulses within each interval, and expected and observed error."""
    columns = {name: torch.as_tensor(value) for name, value in shard.items()}
    if mask is not None:
        columns = {name: value[..., mask] for name, value in columns.items()}
    landed, (low, high) = columns["landed"], columns["bounds"].unbind(1)
    inside = ((landed >= low) & (landed <= high)).double().mean(1)
    observed = (landed / columns["target"] - 1.0).abs().mean().item()
    expected = columns["expected"].mean().item()
    shares = {
        f"within_{100 * share:.0f}": part
        for share, part in zip(SHARES, inside.tolist(), strict=True)
    }
    return shares | {"expected": expected, "observed": observed, "ratio": expected / observed}


def _fifths(value: Tensor) -> list[Tensor]:
    """Masks of the lowest fifth of the values, the next, and so on."""
    edges = value.quantile(torch.tensor([0.2, 0.4, 0.6, 0.8], dtype=value.dtype))
    place = torch.bucketize(value, edges)
    return [place == number for number in range(5)]


@dataclass(frozen=True)
class ForeseenLandings:
    """How the expected landings compare with the observed ones.

    Args:
        metrics: For all pulses, and for each fifth of them by start and by target (`start1` is the
            lowest), the share of pulses `within` the intervals for 50, 80 and 90 %, the `expected`
            and the `observed` mean relative error and their `ratio`, with their spread over the
            seeds. `worst` has the largest deviation of any of these groups: of the shares from
            theirs, and of the ratio from one.
    """

    metrics: dict[str, Any]

    def __str__(self) -> str:
        lines = ["ForeseeLandings: pulses within their intervals, and the error expected"]
        lines.append(f"{'':>9}{'50 %':>9}{'80 %':>9}{'90 %':>9}{'expected':>11}{'observed':>11}")
        for group, figures in self.metrics.items():
            if group in ("seeds", "worst"):
                continue
            inside = "".join(
                f"{100 * figures[f'within_{100 * share:.0f}']['mean']:>7.1f} %" for share in SHARES
            )
            errors = "".join(
                f"{100 * figures[name]['mean']:>9.1f} %" for name in ("expected", "observed")
            )
            lines.append(f"{group:>9}{inside}{errors}")
        return "\n".join(lines)
