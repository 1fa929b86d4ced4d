"""Drawings of one run, for the page and for the picture alike."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from mho.reports.figures import INK, MUTED

from .data import PredictionData

UNTUNED = ("noise_free", "saved_by_t", "saved_by_g")
"""Schemes of the paper's fig. 3."""
TUNED = ("noise_free", "fine_tuned", "fine_tuned_smoothed", "ours")
"""Schemes of the paper's fig. 6, and ours."""
VERIFIED = ("noise_free", "saved_by_g", "fine_tuned_smoothed", "ours")
"""Schemes of the paper's fig. 7 (a), and ours."""
HIGHEST = 150.0
"""Per cent. Larger errors stand in the last bar of a histogram."""


def draw_by_start(axes: Axes, data: PredictionData, names: Sequence[str]) -> None:
    """Mean error of one pulse over its start, with the bound (figs. 3 (a) and 6 (a)).

    Args:
        axes: Where to draw.
        data: Finished run.
        names: Schemes to draw.
    """
    for name in _known(data, names):
        scheme = data.schemes[name]
        error = np.nanmean(np.where(data.pairs[..., None], scheme.error, np.nan), (1, 2))
        axes.plot(data.starts, error, color=scheme.colour, linewidth=1.4, label=scheme.label)
    dashed = (0, (5, 3))
    axes.plot(data.starts, data.bound, color=MUTED, linestyle=dashed, linewidth=1, label="bound")
    axes.set(xlabel="start, µS", ylabel="mean relative error, %", yscale="log")
    _count_plainly(axes)


def legend_above(axes: Axes) -> None:
    """A legend that hides no curve.

    Args:
        axes: Where the curves are drawn.
    """
    axes.legend(frameon=False, fontsize=6.5, loc="lower left", bbox_to_anchor=(0.0, 1.0))


def draw_histogram(axes: Axes, data: PredictionData, names: Sequence[str]) -> None:
    """How many cells are how far off after one pulse (figs. 3 (b) and 6 (b)).

    Args:
        axes: Where to draw.
        data: Finished run.
        names: Schemes to draw.
    """
    edges = np.linspace(0.0, HIGHEST, 31)
    for name in _known(data, names):
        scheme = data.schemes[name]
        error = np.clip(scheme.error[data.pairs], 0.0, HIGHEST)
        share = 100 * np.histogram(error, edges)[0] / error.size
        axes.stairs(share, edges, color=scheme.colour, linewidth=1.2, label=scheme.label)
    axes.axvline(50.0, color=MUTED, linestyle=":", linewidth=1)
    axes.set(xlabel="relative error, %", ylabel="cells, %", xlim=(0.0, HIGHEST), yscale="log")
    _count_plainly(axes)


def draw_surface(axes: Axes, data: PredictionData, name: str) -> Any:
    """Mean error of one pulse over start and target (fig. 4).

    Args:
        axes: Where to draw.
        data: Finished run.
        name: Scheme to draw.
    """
    error = np.where(data.pairs, data.schemes[name].error.mean(-1), np.nan)
    axes.set(xlabel="target, µS", ylabel="start, µS")
    axes.set_facecolor(MUTED)
    scale = LogNorm(3.0, 300.0)
    return axes.pcolormesh(
        data.targets, data.starts, error, norm=scale, cmap="viridis", rasterized=True
    )


def draw_verified(axes: Axes, data: PredictionData) -> None:
    """Where cells are after write and verify, mean and spread over the starts (fig. 7 (a)).

    Args:
        axes: Where to draw.
        data: Finished run.
    """
    count = len(data.targets)
    axes.plot(data.targets, data.targets, color=INK, linewidth=0.8, linestyle=(0, (5, 3)))
    names = _known(data, VERIFIED)
    for number, name in enumerate(names):
        scheme = data.schemes[name]
        reached = np.moveaxis(scheme.verified[-1, :, :count], 1, 0).reshape(count, -1)
        shift = 4.0 * (number - (len(names) - 1) / 2)
        axes.errorbar(
            data.targets + shift,
            reached.mean(1),
            reached.std(1),
            fmt=".",
            markersize=4,
            elinewidth=0.8,
            color=scheme.colour,
            label=scheme.label,
        )
    axes.set(xlabel="target, µS", ylabel="reached, µS")


def draw_history(axes: Axes, data: PredictionData, name: str, number: int) -> None:
    """Conductance of cells at different starts on their way to one target (fig. 7 (b) to (d)).

    Args:
        axes: Where to draw.
        data: Finished run.
        name: Scheme to draw.
        number: Which of the targets that are looked at one by one.
    """
    target = data.shared[len(data.targets) + number]
    reads = data.schemes[name].verified[:, :, len(data.targets) + number, 0]
    axes.plot(reads, color=data.schemes[name].colour, linewidth=0.7, alpha=0.6)
    axes.axhline(target, color=INK, linewidth=0.8, linestyle=(0, (5, 3)))
    axes.set(xlabel="pulses", ylabel="conductance, µS", ylim=(0.0, 1.15 * data.starts.max()))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def histories(data: PredictionData) -> int:
    """How many targets of write and verify are looked at one by one.

    Args:
        data: Finished run.
    """
    return len(data.shared) - len(data.targets)


def _known(data: PredictionData, names: Sequence[str]) -> list[str]:
    return [name for name in names if name in data.schemes]


def _count_plainly(axes: Axes) -> None:
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="y")
    axes.set_axisbelow(True)
