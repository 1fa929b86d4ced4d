"""The five figures in one picture."""

import textwrap

from matplotlib.figure import Figure

from mho.reports.figures import INK, MUTED, png, style
from mho.studies.runs import RunFolder

from .panels import (
    add_change_scale,
    draw_histogram,
    draw_loop,
    draw_retention,
    draw_steps,
    draw_switching,
)


def summary_figure(folder: RunFolder) -> bytes:
    """Loop, switching, histogram, steps and retention, and what was done: a PNG of 1800 x 1080.

    Args:
        folder: Finished run of `Characterise`.
    """
    switching = folder.read("switching")
    with style():
        figure = Figure(figsize=(9.0, 5.4), facecolor="white", layout="constrained")
        (sweep, curve, ends), (change, rest, words) = figure.subplots(2, 3)
        draw_loop(sweep, folder.read("loop"))
        draw_switching(curve, switching)
        draw_histogram(ends, switching)
        image = draw_steps(change, folder.read("steps"))
        add_change_scale(figure, change, image)
        draw_retention(rest, folder.read("retention"))
        ends.legend(frameon=False, fontsize=7.5)
        titles = ("current", "identical pulses", "where cells end", "one pulse", "retention")
        for axes, title in zip((sweep, curve, ends, change, rest), titles, strict=True):
            axes.set_title(title, fontsize=8.5, fontweight="bold", color=INK, pad=15)
        words.axis("off")
        lines = [textwrap.fill(" ".join(line.split()), 34) for line in folder.summary.splitlines()]
        words.text(0.0, 1.0, "\n\n".join(lines), va="top", fontsize=7.0, color=MUTED)
        return png(figure)
