"""Accuracy of networks over a setting: a panel for each kind of cells, a line for each way."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .figures import GRID, INK, MUTED, png, scheme_colours, style


def accuracy_panels(
    metrics: dict[str, Any], over: Sequence[int], label: str, *, without: str = ""
) -> bytes:
    """Means with their spread, and the digital network dashed: a PNG.

    Args:
        metrics: `accuracy` by panel, line and setting, and `digital`, in per cent.
        over: Settings, in the order of the axis.
        label: What they are.
        without: Name of a line that is drawn in grey, as what the others are to better.
    """
    panels = metrics["accuracy"]
    with style():
        size = (1.2 + 2.6 * max(len(panels), 2), 3.2)
        figure = Figure(figsize=size, facecolor="white", layout="constrained")
        row = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for axes, (panel, lines) in zip(row, panels.items(), strict=True):
            colours = scheme_colours([name for name in lines if name != without])
            _draw(axes, lines, over, colours | {without: MUTED})
            dashed: dict[str, Any] = {"linewidth": 0.9, "linestyle": (0, (5, 3))}
            axes.axhline(metrics["digital"], color=INK, label="digital", **dashed)
            axes.set_xlabel(label, color=INK)
            axes.set_title(panel.replace("_", " "), fontsize=8.5, loc="left")
        row[0].set_ylabel("accuracy, %", color=INK)
        look: dict[str, Any] = {"frameon": False, "ncols": 5}
        figure.legend(*row[0].get_legend_handles_labels(), loc="outside upper left", **look)
        return png(figure)


def _draw(axes: Axes, lines: dict[str, Any], over: Sequence[int], colours: dict[str, str]) -> None:
    places = range(len(over))
    for name, scores in lines.items():
        mean, std = ([scores[str(each)][key] for each in over] for key in ("mean", "std"))
        look: dict[str, Any] = {"color": colours[name], "linewidth": 1.2, "markersize": 3.5}
        label = name.replace("_", " ")
        axes.errorbar(places, mean, std, marker="o", capsize=2.5, label=label, **look)
    axes.set(ylim=(0, 100))
    axes.set_xticks(places, [str(each) for each in over])
    axes.grid(color=GRID)
    axes.set_axisbelow(True)
