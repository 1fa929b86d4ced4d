"""How far conductances spread after programming, predicted and measured, as a figure."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mho.core.units import si
from mho.studies.runs import RunFolder

from .figures import GRID, INK, png, scheme_colours, style

SHOWN = (0, 3, 7)
"""Groups of levels whose spread is drawn over time."""


def summary_figure(folder: RunFolder) -> bytes:
    """Spread over time, and predicted over measured spread of every level: a PNG.

    Args:
        folder: Finished run of `Retention`.
    """
    metrics = folder.metrics
    stored = [folder.read(f"seed{seed}") for seed in metrics["seeds"]]
    complete = np.isin(stored[0]["time"], metrics["time"])
    with style():
        figure = Figure(figsize=(7.5, 3.4), facecolor="white", layout="constrained")
        left, right = figure.subplots(1, 2)
        names = [name for name in metrics["ratio"] if name != "all"]
        _draw_spread(left, stored, complete, names)
        _draw_ratio(right, stored, complete, metrics["time"])
        return png(figure)


def _draw_spread(
    axes: Axes, stored: list[dict[str, Any]], complete: np.ndarray, names: list[str]
) -> None:
    shown = [group for group in SHOWN if group < len(names)]
    colours = scheme_colours([names[group] for group in shown])
    time = stored[0]["time"][complete]
    for group in shown:
        seen, made = (
            np.mean([part[f"pooled_{kind}"][:, group][:, complete] for part in stored], axis=0)
            for kind in ("measured", "simulated")
        )
        chance = 1e6 * seen[2] * np.sqrt((made[3] - 1) / (4 * seen[0]))
        look: dict[str, Any] = {"color": colours[names[group]]}
        label = f"levels {names[group]}"
        axes.errorbar(time, 1e6 * seen[2], chance, fmt="o", ms=4, capsize=3, label=label, **look)
        axes.plot(time, 1e6 * made[2], **look)
    axes.set(xscale="log", ylim=(0, None), ylabel="standard deviation of the change, uS")
    axes.set_xlabel("time since programming", color=INK)
    axes.set_xticks([1e-2, 1.0, 1e2, 1e4])
    axes.xaxis.set_major_formatter(lambda seconds, _: si(seconds, "s"))
    axes.set_title("held-out cells: dots measured, lines predicted", fontsize=8.5)
    axes.legend(frameon=False)


def _draw_ratio(
    axes: Axes, stored: list[dict[str, Any]], complete: np.ndarray, times: list[float]
) -> None:
    ratio = np.mean([part["level_simulated"][2] / part["level_measured"][2] for part in stored], 0)
    axes.axhspan(0.9, 1.1, color=GRID, linewidth=0)
    names = [si(time, "s") for time in times]
    for (name, colour), column in zip(
        scheme_colours(names).items(), ratio[:, complete].T, strict=True
    ):
        axes.plot(stored[0]["level"], column, "o", color=colour, ms=3.5, label=name)
    axes.set(yscale="log", xlabel="level", ylabel="predicted over measured")
    axes.set_yticks([0.5, 0.7, 0.9, 1.1, 1.4, 2.0])
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("")
    axes.set_title("single levels; grey: within a tenth", fontsize=8.5)
    axes.legend(frameon=False, ncols=2)
