"""Accuracy of transferred networks over the bits of a cell, as a figure."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mho.studies.runs import RunFolder

from .figures import GRID, INK, png, scheme_colours, style


def summary_figure(folder: RunFolder) -> bytes:
    """A panel for each mapping, a line for each scheme, the digital network dashed: a PNG.

    Args:
        folder: Finished run of `WeightTransfer`.
    """
    metrics = folder.metrics
    mappings = metrics["accuracy"]
    with style():
        size = (1.2 + 2.6 * max(len(mappings), 2), 3.2)
        figure = Figure(figsize=size, facecolor="white", layout="constrained")
        row = figure.subplots(1, len(mappings), sharey=True, squeeze=False)[0]
        for axes, (mapping, schemes) in zip(row, mappings.items(), strict=True):
            _draw(axes, schemes, metrics)
            axes.set_title(mapping.replace("_", " "), fontsize=8.5, loc="left")
        row[0].set_ylabel("accuracy, %", color=INK)
        look: dict[str, Any] = {"frameon": False, "ncols": 5}
        figure.legend(*row[0].get_legend_handles_labels(), loc="outside upper left", **look)
        return png(figure)


def _draw(axes: Axes, schemes: dict[str, Any], metrics: dict[str, Any]) -> None:
    colours = scheme_colours(list(schemes))
    for name, scores in schemes.items():
        mean, std = ([scores[str(n)][key] for n in metrics["bits"]] for key in ("mean", "std"))
        label = name.replace("_", " ")
        look: dict[str, Any] = {"color": colours[name], "linewidth": 1.2, "markersize": 3.5}
        axes.errorbar(metrics["bits"], mean, std, marker="o", capsize=2.5, label=label, **look)
    axes.axhline(
        metrics["digital"], color=INK, linewidth=0.9, linestyle=(0, (5, 3)), label="digital"
    )
    axes.set(ylim=(0, 100), xticks=metrics["bits"])
    axes.set_xlabel("bits of a cell", color=INK)
    axes.grid(color=GRID)
    axes.set_axisbelow(True)
