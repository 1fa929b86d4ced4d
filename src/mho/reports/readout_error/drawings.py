"""Drawings of one array's readings, for the page and for the picture alike."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from mho.reports.figures import INK, density, draw_density, draw_map

from .data import ArrayData

SAMPLES = 48
"""Samples of the sinusoid that are drawn."""


def draw_currents(axes: Axes, array: ArrayData) -> None:
    """Currents against what they should be.

    Args:
        axes: Where to draw.
        array: What was read.
    """
    limits = (0.0, 1.03 * float(max(array.ideal.max(), array.current.max())))
    counts = density(array.ideal, array.current, limits)
    draw_density(axes, counts, limits, array.colour, float(counts.max()))
    axes.set(xlabel="ideal current, µA", ylabel="current, µA")


def draw_errors(axes: Axes, array: ArrayData) -> None:
    """What is missing of each current.

    Args:
        axes: Where to draw.
        array: What was read.
    """
    missing = array.ideal - array.current
    # As an image: thousands of circles would outweigh the page.
    axes.plot(
        array.ideal, missing, ".", color=array.colour, markersize=2, alpha=0.3, rasterized=True
    )
    axes.axhline(0, color=INK, linewidth=0.8, linestyle=(0, (5, 3)))
    axes.set(xlabel="ideal current, µA", ylabel="missing, µA")
    axes.grid(axis="y")


def draw_loss(axes: Axes, array: ArrayData) -> Any:
    """Share of the current that each cell loses.

    Args:
        axes: Where to draw.
        array: What was read.
    """
    axes.set(xlabel="column, sensed at the bottom", ylabel="row, driven from the left")
    return draw_map(axes, array.lost, "viridis", float(array.lost.min()), float(array.lost.max()))


def draw_wave(axes: Axes, array: ArrayData) -> None:
    """Output of the first and the last filter for the sinusoid.

    Args:
        axes: Where to draw.
        array: What was read.
    """
    for column in (0, array.wave.shape[1] - 1):
        ideal, current = array.ideal_wave[:SAMPLES, column], array.wave[:SAMPLES, column]
        axes.plot(ideal, color=INK, linewidth=0.8, linestyle=(0, (5, 3)))
        axes.plot(current, color=array.colour, linewidth=1.4)
        axes.text(len(ideal), ideal[-1], f"column {column}", color=INK, va="center", fontsize=7.5)
    # Room for the names beside the lines' ends.
    axes.set(xlabel="sample", ylabel="current, µA", xlim=(-1, 1.25 * len(ideal)))
    axes.grid(axis="y")


def draw_missing_wave(axes: Axes, array: ArrayData) -> None:
    """What is missing of every filter's output for the sinusoid.

    Args:
        axes: Where to draw.
        array: What was read.
    """
    missing = (array.ideal_wave - array.wave)[:SAMPLES]
    for column, strength in enumerate(np.linspace(1.0, 0.3, missing.shape[1])):
        axes.plot(missing[:, column], color=array.colour, alpha=strength, linewidth=1.2)
    axes.axhline(0, color=INK, linewidth=0.8, linestyle=(0, (5, 3)))
    axes.set(xlabel="sample", ylabel="missing, µA")
    axes.grid(axis="y")
