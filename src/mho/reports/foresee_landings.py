"""Whether pulses land as often as expected within the intervals, as a figure."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mho.studies.runs import RunFolder

from .figures import INK, MUTED, png, scheme_colours, style

GROUPS = {"start": "fifths by start", "target": "fifths by target"}


def summary_figure(folder: RunFolder) -> bytes:
    """Pulses within their intervals, and expected beside observed errors: PNG, 1400 x 700.

    Args:
        folder: Finished run of `ForeseeLandings`.
    """
    metrics = folder.metrics
    with style():
        figure = Figure(figsize=(7.0, 3.5), facecolor="white", layout="constrained")
        left, right = figure.subplots(1, 2)
        _shares(left, metrics)
        _errors(right, metrics)
        return png(figure)


def _shares(axes: Axes, metrics: dict[str, Any]) -> None:
    colours = scheme_colours(list(GROUPS))
    for nominal in (50, 80, 90):
        axes.axhspan(nominal - 5, nominal + 5, color="#e8eaee", linewidth=0)
        axes.axhline(nominal, color=MUTED, linestyle=":", linewidth=1)
        for by, label in GROUPS.items():
            shares = [metrics[f"{by}{place}"][f"within_{nominal}"] for place in range(1, 6)]
            mean, std = ([100 * each[key] for each in shares] for key in ("mean", "std"))
            axes.errorbar(
                range(1, 6),
                mean,
                std,
                marker="o",
                markersize=4,
                capsize=3,
                color=colours[by],
                label=label if nominal == 50 else None,
            )
    axes.set(ylim=(30, 100), xticks=range(1, 6))
    axes.set_xlabel("fifth of the pulses, lowest first", color=INK)
    axes.set_ylabel("pulses within the interval, %")
    axes.legend(frameon=False, loc="lower right")


def _errors(axes: Axes, metrics: dict[str, Any]) -> None:
    colours, top = scheme_colours(list(GROUPS)), 0.0
    for by, label in GROUPS.items():
        pairs = [metrics[f"{by}{place}"] for place in range(1, 6)]
        observed, expected = (
            [100 * each[name]["mean"] for each in pairs] for name in ("observed", "expected")
        )
        axes.plot(observed, expected, "o", markersize=5, color=colours[by], label=label)
        top = max(top, *observed, *expected)
    axes.plot([0, 1.1 * top], [0, 1.1 * top], color=MUTED, linestyle=":", linewidth=1)
    axes.set(xlim=(0, 1.1 * top), ylim=(0, 1.1 * top))
    axes.set_xlabel("observed mean relative error, %", color=INK)
    axes.set_ylabel("expected mean relative error, %")
