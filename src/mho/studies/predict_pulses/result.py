"""The answer: errors of every scheme over the seeds, beside the bounds."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from mho.studies.spread import spread
from mho.studies.study import Shards

TOLERANCES = {"within_10": 0.1, "within_5": 0.05, "within_1": 0.01}
"""Relative errors that write and verify is counted to, by name."""

BOUNDS = {"reads": "any predictor that reads", "state": "any that knows the state"}
"""What a bound holds for, by name."""


@dataclass(frozen=True)
class PulsePredictions:
    """Where one pulse lands, and how many it takes.

    Args:
        metrics: For each scheme the mean relative error (`rpd`) and the share of cells within half
            of the target (`within_half`), of all pairs of start and target and of `set` and `reset`
            apart; the error from the `low`est quarter of the starts, the `middle` half and the
            `high`est quarter, and to the lowest quarter of the targets (`low_target`); the share of
            pulses in the wrong direction (`wrong_way`); the `pulse_time`, s, of the `median` and
            the `p99`; `over_bound`, the error in units of the bound of reads, and `half_short`,
            what the share within half lacks to it. In `verify` the `error` after the last pulse; of
            the pulses to within each tolerance, none where half or 5 % of the cells needed more,
            the `median` and the `p95`; and the `share` that got there. `test` has the errors of
            networks on records, of the time (`t`) and of the conductance (`g`). `bound` has the
            bounds, each also with the lowest error on the very futures that its pulses are chosen
            on (`chosen`), and with the share of best pulses as long as can be (`longest`). All with
            their spread over the seeds.
    """

    metrics: dict[str, Any]

    @classmethod
    def gather(
        cls, folder: Shards, *, names: list[str], networks: Iterable[str], seeds: tuple[int, ...]
    ) -> Self:
        """The result out of a folder's shards.

        Args:
            folder: Holds the shards.
            names: Names of all schemes.
            networks: Those of them that are networks.
            seeds: Seeds of the study.
        """
        bounds = [folder.read(f"bound-seed{seed}") for seed in seeds]
        metrics: dict[str, Any] = {"seeds": list(seeds)}
        for name in names:
            shards = [folder.read(f"{name}-seed{seed}") for seed in seeds]
            pairs = zip(shards, bounds, strict=True)
            each = [_one_pulse(shard, bound) for shard, bound in pairs]
            metrics[name] = _over_seeds(each)
            metrics[name]["verify"] = _verify(shards)
            if name in networks:
                tests = [{key: float(s[f"test_{key}"]) for key in ("t", "g")} for s in shards]
                metrics[name]["test"] = _over_seeds(tests)
        ways = _directions(shards[0])
        figures = [{name: _bound(b, name, ways) for name in BOUNDS} for b in bounds]
        metrics["bound"] = _over_seeds(figures)
        return cls(metrics)

    def __str__(self) -> str:
        lines = ["PredictPulses: mean relative error of one pulse to the target, cells within half"]
        lines.append(f"{'':>28}{'SET':>16}{'RESET':>16}{'pulses to 5 %':>16}")
        for name, figures in self.metrics.items():
            if name not in ("seeds", "bound"):
                lines.append(_line(name, figures) + _pulses(figures["verify"]["within_5"]))
        for name, label in BOUNDS.items():
            lines.append(_line(label, self.metrics["bound"][name]))
        return "\n".join(lines)


def relative_error(shard: dict[str, Any]) -> np.ndarray:
    """|G - target| / target after one pulse: (starts, targets, cells).

    Args:
        shard: What one scheme did with one seed.
    """
    error: np.ndarray = np.abs(shard["end"] / shard["targets"][:, None] - 1.0)
    return error


def _directions(shard: dict[str, Any]) -> dict[str, np.ndarray]:
    """Pairs of start and target: (starts, targets), bool; a start is no target of its own."""
    difference = shard["targets"] - shard["starts"][:, None]
    return {"set": difference > 0, "reset": difference < 0}


def _one_pulse(shard: dict[str, Any], bound: dict[str, Any]) -> dict[str, Any]:
    ways, error = _directions(shard), relative_error(shard)
    pairs = ways["set"] | ways["reset"]
    start, target = (_share(shard[name]) for name in ("starts", "targets"))
    quarters = {
        "low": start[:, None] < 0.25,
        "middle": np.abs(start[:, None] - 0.5) <= 0.25,
        "high": start[:, None] > 0.75,
        "low_target": target < 0.25,
    }
    upwards = shard["targets"][:, None] > shard["start"]
    wrong = (shard["time"] != 0) & ((shard["time"] > 0) != upwards)
    figures: dict[str, Any] = _errors(error, pairs)
    figures |= {name: error[pairs & part].mean() for name, part in quarters.items()}
    figures["wrong_way"] = wrong[pairs].mean()
    time = np.abs(shard["time"])[pairs]
    figures["pulse_time"] = {"median": np.median(time), "p99": np.quantile(time, 0.99)}
    figures["half_short"] = bound["reads_half"][pairs].mean() - figures["within_half"]
    for name, way in ways.items():
        figures[name] = _errors(error, way)
        figures[name]["over_bound"] = figures[name]["rpd"] / bound["reads"][way].mean()
    return figures


def _share(values: np.ndarray) -> np.ndarray:
    """Place in a range, from 0 to 1."""
    place: np.ndarray = (values - values.min()) / np.ptp(values)
    return place


def _errors(error: np.ndarray, pairs: np.ndarray) -> dict[str, Any]:
    return {"rpd": error[pairs].mean(), "within_half": (error[pairs] < 0.5).mean()}


def _bound(bound: dict[str, Any], name: str, ways: dict[str, np.ndarray]) -> dict[str, Any]:
    columns = {"rpd": "", "chosen": "_chosen", "within_half": "_half", "longest": "_longest"}

    def figures(pairs: np.ndarray) -> dict[str, Any]:
        return {key: bound[name + suffix][pairs].mean() for key, suffix in columns.items()}

    each = {way: figures(pairs) for way, pairs in ways.items()}
    return figures(ways["set"] | ways["reset"]) | each


def _verify(shards: list[dict[str, Any]]) -> dict[str, Any]:
    each = []
    for shard in shards:
        count = len(shard["targets"])
        error = np.abs(shard["verified"][..., :count] / shard["targets"] - 1.0)
        figures: dict[str, Any] = {"error": error[-1].mean()}
        for name, tolerance in TOLERANCES.items():
            figures[name] = _counted((error <= tolerance).reshape(len(error), -1))
        each.append(figures)
    return _over_seeds(each)


def _counted(within: np.ndarray) -> dict[str, Any]:
    """Pulses until cells were within a tolerance for the first time: (reads, cells), bool."""
    reached = within.any(0)
    pulses = np.where(reached, within.argmax(0), np.inf)
    quantiles = {"median": 0.5, "p95": 0.95}
    figures = {
        name: float(np.quantile(pulses, share, method="inverted_cdf"))
        for name, share in quantiles.items()
    }
    return figures | {"share": reached.mean()}


def _over_seeds(each: list[dict[str, Any]]) -> dict[str, Any]:
    """The spread of every figure over the seeds, none where a seed has none."""
    return {
        name: _over_seeds([figures[name] for figures in each])
        if isinstance(each[0][name], dict)
        else _spread([float(figures[name]) for figures in each])
        for name in each[0]
    }


def _spread(values: list[float]) -> dict[str, Any] | None:
    return spread(values) if np.isfinite(values).all() else None


def _line(name: str, figures: dict[str, Any]) -> str:
    cells = ""
    for way in ("set", "reset"):
        error, half = (100 * figures[way][key]["mean"] for key in ("rpd", "within_half"))
        cells += f"{error:>7.1f} %{half:>5.0f} %"
    return f"{name:>28}{cells}"


def _pulses(figures: dict[str, Any]) -> str:
    median, p95 = (figures[key] for key in ("median", "p95"))
    shown = [("more" if each is None else f"{each['mean']:.1f}") for each in (median, p95)]
    return f"{shown[0]:>10},{shown[1]:>5}"
