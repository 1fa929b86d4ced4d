"""Program errors: outcomes beside draws, and how probable the fit calls what happened."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mho.studies.runs import RunFolder

from .figures import GRID, INK, MUTED, png, scheme_colours, style


def summary_figure(folder: RunFolder) -> bytes:
    """A row for each source: errors over the target, P-P figure, degrees of freedom: a PNG.

    Args:
        folder: Finished run of `ProgramErrors`.
    """
    metrics = folder.metrics
    names = [name for name in metrics if name != "seeds"]
    with style():
        figure = Figure(figsize=(8.0, 2.3 * len(names)), facecolor="white", layout="constrained")
        rows = figure.subplots(len(names), 3, squeeze=False, width_ratios=(2, 1, 1))
        colours = scheme_colours(["outcomes", "drawn from the fit"])
        for axes, name in zip(rows, names, strict=True):
            error = folder.read(f"{name}-error")
            draw = _draw_levels if error["rounds"] else _draw_errors
            draw(axes[0], error, colours)
            _draw_probabilities(axes[1], error["within"])
            _draw_freedom(axes[2], error)
            axes[0].set_title(name, fontsize=8.5, loc="left")
        look: dict[str, Any] = {"frameon": False, "ncols": 2, "markerscale": 4}
        figure.legend(*rows[0, 0].get_legend_handles_labels(), loc="outside upper left", **look)
        return png(figure)


def _draw_errors(axes: Axes, error: dict[str, Any], colours: dict[str, str]) -> None:
    low, high = error["points"][[0, -1]]
    clouds = ((error["target"], error["achieved"]), (error["asked"], error["drawn"]))
    for (label, colour), (target, achieved) in zip(colours.items(), clouds, strict=True):
        share = (target - low) / (high - low)
        missed = 100 * (achieved - target) / (high - low)
        axes.plot(share, missed, ".", color=colour, ms=1.2, alpha=0.6, label=label)
    everything = np.concatenate([100 * (a - t) / (high - low) for t, a in clouds])
    reach = 1.6 * np.quantile(np.abs(everything), 0.99)
    axes.set(xlim=(0, 1), ylim=(-reach, reach))
    axes.axhline(0, color=MUTED, linewidth=0.6)
    axes.set_xlabel("target, share of the range", color=INK)
    axes.set_ylabel("error, % of the range")


def _draw_levels(axes: Axes, error: dict[str, Any], colours: dict[str, str]) -> None:
    """What becomes of targets that are rounded to levels, as in fig. 5(a) to (c) of the source."""
    low, high = error["points"][[0, -1]]
    step = 100 / (len(error["points"]) - 1)
    closer = axes.inset_axes((0.6, 0.1, 0.38, 0.45))
    clouds = ((error["target"], error["achieved"]), (error["asked"], error["drawn"]))
    for (label, colour), cloud in zip(colours.items(), clouds, strict=True):
        target, achieved = (100 * (value - low) / (high - low) for value in cloud)
        axes.plot(target, achieved, ".", color=colour, ms=1.2, alpha=0.6, label=label)
        closer.plot(target, achieved, ".", color=colour, ms=1.5, alpha=0.6)
    for each, end in ((axes, 100.0), (closer, max(4 * step, 2.0))):
        each.plot((0, 100), (0, 100), color=INK, linewidth=0.8, linestyle=(0, (5, 3)))
        each.set(xlim=(0, end), ylim=(0, end))
    closer.tick_params(labelsize=6)
    axes.set_xlabel("target, % of the range", color=INK)
    axes.set_ylabel("outcome, % of the range")


def _draw_probabilities(axes: Axes, within: np.ndarray) -> None:
    colour = scheme_colours(["t"])["t"]
    for seed in within:
        axes.plot(np.linspace(0, 1, len(seed)), seed, color=colour, linewidth=1)
    axes.plot((0, 1), (0, 1), color=INK, linewidth=0.8, linestyle=(0, (5, 3)))
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.set_xlabel("predicted probability", color=INK)
    axes.set_ylabel("held-out share")
    axes.grid(color=GRID)


def _draw_freedom(axes: Axes, error: dict[str, Any]) -> None:
    low, high = error["points"][[0, -1]]
    share = (error["points"] - low) / (high - low)
    axes.plot(share, error["freedom"], ".", color=INK, ms=3)
    axes.set(xlim=(-0.02, 1.02), ylim=(1.2, 130), yscale="log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("target, share of the range", color=INK)
    axes.set_ylabel("degrees of freedom")
