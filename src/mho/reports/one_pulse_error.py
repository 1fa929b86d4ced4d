"""Where one pulse lands, from fast to slow operating points, as a figure."""

import tomllib

from matplotlib.figure import Figure

from mho.core.units import si
from mho.studies.runs import RunFolder

from .figures import INK, MUTED, png, scheme_colours, style

LABELS = {"fresh": "fresh cells", "used": "cells switched back and forth before"}


def summary_figure(folder: RunFolder) -> bytes:
    """Mean relative error over the noise-free switching time: a PNG of 1200 x 700.

    Args:
        folder: Finished run of `OnePulseError`.
    """
    points = [point for name, point in folder.metrics.items() if name.startswith("point")]
    time = [point["set_time"] for point in points]
    device = tomllib.loads(folder.settings_path.read_text(encoding="utf-8"))["device"]
    colours = scheme_colours(list(LABELS))
    with style():
        figure = Figure(figsize=(6.0, 3.5), facecolor="white", layout="constrained")
        axes = figure.add_subplot()
        for cells, label in LABELS.items():
            error = [point[f"{cells}_error"] for point in points]
            mean, std = ([100 * e[key] for e in error] for key in ("mean", "std"))
            axes.errorbar(
                time,
                mean,
                std,
                marker="o",
                markersize=4,
                capsize=3,
                color=colours[cells],
                label=label,
            )
        if "cycle_noise" in device:
            step = device["cycle_noise"]["interval"]
            axes.axvline(step, color=MUTED, linestyle=":", linewidth=1)
            axes.annotate(
                "one step\nof the walk ", (step, 22), color=MUTED, ha="right", fontsize=7.5
            )
        axes.set(xscale="log", ylim=(0, None))
        axes.xaxis.set_major_formatter(lambda seconds, _: si(seconds, "s"))
        axes.set_xlabel("time of a full SET without noise", color=INK)
        axes.set_ylabel("mean relative error of one pulse, %")
        axes.legend(frameon=False, loc=(0.5, 0.3))
        return png(figure)
