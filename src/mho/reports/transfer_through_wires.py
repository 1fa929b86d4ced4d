"""Accuracy of networks on tiles with wires over the size of the tiles, as a figure."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mho.studies.runs import RunFolder

from .figures import GRID, INK, MUTED, png, scheme_colours, style


def summary_figure(folder: RunFolder) -> bytes:
    """A panel for each kind of cells, a line for each repair, the digital network dashed: a PNG.

    Args:
        folder: Finished run of `TransferThroughWires`.
    """
    metrics = folder.metrics
    with style():
        size = (1.2 + 2.6 * max(len(metrics["accuracy"]), 2), 3.2)
        figure = Figure(figsize=size, facecolor="white", layout="constrained")
        row = figure.subplots(1, len(metrics["accuracy"]), sharey=True, squeeze=False)[0]
        for axes, (cells, repairs) in zip(row, metrics["accuracy"].items(), strict=True):
            _draw(axes, repairs, metrics)
            axes.set_title(cells.replace("_", " "), fontsize=8.5, loc="left")
        row[0].set_ylabel("accuracy, %", color=INK)
        look: dict[str, Any] = {"frameon": False, "ncols": 5}
        figure.legend(*row[0].get_legend_handles_labels(), loc="outside upper left", **look)
        return png(figure)


def _draw(axes: Axes, repairs: dict[str, Any], metrics: dict[str, Any]) -> None:
    raw, *names = repairs
    places = range(len(metrics["sizes"]))
    for name, colour in ({raw: MUTED} | scheme_colours(names)).items():
        scores = [repairs[name][str(size)] for size in metrics["sizes"]]
        mean, std = ([score[key] for score in scores] for key in ("mean", "std"))
        label = "no calibration" if name == raw else name.replace("_", " ")
        look: dict[str, Any] = {"color": colour, "linewidth": 1.2, "markersize": 3.5}
        axes.errorbar(places, mean, std, marker="o", capsize=2.5, label=label, **look)
    dashed: dict[str, Any] = {"linewidth": 0.9, "linestyle": (0, (5, 3)), "label": "digital"}
    axes.axhline(metrics["digital"], color=INK, **dashed)
    axes.set_xticks(places, [str(size) for size in metrics["sizes"]])
    axes.set(ylim=(0, 100))
    axes.set_xlabel("rows and columns of a tile", color=INK)
    axes.grid(color=GRID)
    axes.set_axisbelow(True)
