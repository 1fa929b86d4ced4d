"""Errors of calibrators while the cells change that they correct, as a figure."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from mho.studies.runs import RunFolder

from .figures import INK, MUTED, png, scheme_colours, style

LABELS = {
    "stale": "as fitted when programmed",
    "conditioned": "expecting the mean change",
    "refreshed_1": "refreshed from 1 vector",
    "refreshed_4": "refreshed from 4 vectors",
    "refreshed_16": "refreshed from 16 vectors",
}
"""What is drawn in colour; the others are drawn in grey or not at all."""


def summary_figure(folder: RunFolder) -> bytes:
    """Mean squared error over the exposure, for each use: a PNG.

    Args:
        folder: Finished run of `CalibrateOverTime`.
    """
    metrics = folder.metrics
    uses = [name for name in metrics if name not in ("seeds", "most")]
    with style():
        figure = Figure(figsize=(8.4, 6.0), facecolor="white", layout="constrained")
        every = figure.subplots((len(uses) + 1) // 2, 2, sharey=True, squeeze=False)
        for axes in every.flat[len(uses) :]:
            axes.set_visible(False)
        for axes, use in zip(every.flat, uses, strict=False):
            _draw(axes, metrics[use])
            axes.set_title(use.replace("_", " "), fontsize=9)
        for row in every:
            row[0].set_ylabel("mean squared error, (10 uA)^2")
        lines, labels = every.flat[0].get_legend_handles_labels()
        figure.legend(lines, labels, frameon=False, loc="outside lower center", ncols=4)
        return png(figure)


def _draw(axes: Axes, table: dict[str, Any]) -> None:
    exposures, errors = table["exposures"], table["error"]
    names = [name for name in LABELS if name in errors]
    for name, colour in scheme_colours(names).items():
        axes.plot(
            exposures, _means(errors[name]), color=colour, marker="o", ms=3, label=LABELS[name]
        )
    axes.plot(exposures, _means(errors["raw"]), color=MUTED, linestyle=":", label="uncorrected")
    fresh: dict[str, Any] = {"color": INK, "linestyle": (0, (5, 3)), "linewidth": 1}
    axes.plot(exposures, _means(errors["fresh"]), label="freshly fitted map", **fresh)
    axes.set(xscale="log", yscale="log", xticks=exposures[1::3])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(NullLocator())
    axes.set_xlabel(table["axis"], color=INK)
    axes.grid(axis="y")


def _means(errors: list[dict[str, Any]]) -> list[float]:
    return [error["mean"] for error in errors]
