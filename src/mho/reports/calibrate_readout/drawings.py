"""Drawings of what calibrators reach, for the page and for the picture alike."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from mho.reports.figures import INK, MUTED, scheme_colours
from mho.studies.calibrate_readout import PAPER, RAW
from mho.studies.readout_error import NOISE_FREE

from .data import KINDS, CalibrationData, Signal

DASHED = (0, (5, 3))
MARKS = {"validation_matrices": "o", "sinusoid": "^", "dc": "s"}
"""Mark of each part that is drawn."""
LABELS = {"validation_matrices": "unseen matrices", "sinusoid": "sinusoid", "dc": "DC"}
"""Name of each part that is drawn."""


def colours() -> dict[str, str]:
    """Colour of each kind of calibrator."""
    return scheme_colours(KINDS)


def draw_errors(axes: Axes, data: CalibrationData, array: str, noise: str = NOISE_FREE) -> None:
    """Errors of every calibrator on unseen matrices and signals, on a logarithmic scale.

    Args:
        axes: Where to draw.
        data: Finished run.
        array: Name of the array.
        noise: Name of the noise.
    """
    names, paint = [RAW, *data.calibrators], colours()
    for row, name in enumerate(names):
        colour = INK if name == RAW else paint[data.kind(name)]
        for part, mark in MARKS.items():
            error = data.error(array, noise, name, part)["mean"]
            axes.plot(error, row, mark, color=colour, markersize=4, markerfacecolor="none")
    if array == data.arrays[0]:  # the paper has no other
        for part in MARKS:
            axes.axvline(PAPER[part], color=MUTED, linewidth=0.7, linestyle=DASHED)
    axes.set(xscale="log", xlabel="mean squared error, (10 µA)²", ylim=(len(names) - 0.5, -0.5))
    axes.set_yticks(range(len(names)), names, fontsize=7)
    _plain(axes.xaxis)
    axes.grid(axis="x")
    axes.set_axisbelow(True)


def marks() -> list[Any]:
    """Lines of a legend that names the parts' marks."""
    lines: list[Any] = [
        Line2D([], [], marker=mark, color=MUTED, markerfacecolor="none", linestyle="", label=name)
        for mark, name in zip(MARKS.values(), LABELS.values(), strict=True)
    ]
    return [*lines, Line2D([], [], color=MUTED, linewidth=0.7, linestyle=DASHED, label="paper")]


def draw_cost(axes: Axes, data: CalibrationData, array: str) -> None:
    """Error on unseen matrices against what correcting a vector costs.

    Args:
        axes: Where to draw.
        data: Finished run.
        array: Name of the array.
    """
    paint, product = colours(), data.metrics["product"]
    for kind in KINDS:
        names = [name for name in data.calibrators if data.kind(name) == kind]
        costs = [data.metrics["multiplications"][name] / product for name in names]
        errors = [
            data.error(array, NOISE_FREE, name, "validation_matrices")["mean"] for name in names
        ]
        if names:
            axes.plot(costs, errors, "o", color=paint[kind], markersize=4, label=kind)
    axes.axvline(1.0, color=MUTED, linewidth=0.7, linestyle=DASHED)
    axes.axhline(PAPER["validation_matrices"], color=MUTED, linewidth=0.7, linestyle=DASHED)
    axes.set(yscale="log", ylabel="error on unseen matrices, (10 µA)²")
    axes.set_xlabel("multiplications over product", color=INK)
    axes.set_xlim(left=0)
    _plain(axes.yaxis)
    axes.grid(axis="y")


def draw_signal(axes: Axes, signal: Signal, colour: str) -> None:
    """First and last filter's output: ideal, raw and calibrated.

    Args:
        axes: Where to draw.
        signal: What is drawn.
        colour: Of the calibrated output.
    """
    for column in (0, signal.ideal.shape[1] - 1):
        first = column == 0
        lines: Any = (
            (signal.raw, {"color": MUTED, "linewidth": 1.0, "label": "raw"}),
            (signal.calibrated, {"color": colour, "linewidth": 1.6, "label": "calibrated"}),
            (signal.ideal, {"color": INK, "linewidth": 0.8, "linestyle": DASHED, "label": "ideal"}),
        )
        for values, look in lines:
            axes.plot(values[:, column], **(look if first else {**look, "label": None}))
    axes.set(xlabel="sample", ylabel="current, µA")
    axes.grid(axis="y")


def draw_missing(axes: Axes, signal: Signal, colour: str, look: str = "-") -> None:
    """Magnitude of what the outputs of all filters lack, before and after calibration.

    Args:
        axes: Where to draw.
        signal: What is drawn.
        colour: Of the calibrated output.
        look: Of the lines.
    """
    for values, paint in ((signal.raw, MUTED), (signal.calibrated, colour)):
        missing = np.sqrt(np.square(values - signal.ideal).mean(1))
        axes.plot(np.maximum(missing, FLOOR), look, color=paint, linewidth=1.2)
    axes.set(xlabel="sample", ylabel="error of all filters, µA", yscale="log")
    _plain(axes.yaxis, (1.0, 3.0))
    axes.grid(axis="y")


def draw_curves(axes: Axes, data: CalibrationData, array: str) -> None:
    """Errors of the paper's network while it learns, its own beside.

    Args:
        axes: Where to draw.
        data: Finished run.
        array: Name of the array.
    """
    looks = zip(data.curves(array).items(), (MUTED, *colours().values()), strict=False)
    for (name, curve), colour in looks:
        label = name.replace("_", " ").replace("validation", "unseen")
        axes.plot(range(1, len(curve) + 1), curve, color=colour, linewidth=1.2, label=label)
    axes.axhline(PAPER["validation_matrices"], color=MUTED, linewidth=0.7, linestyle=DASHED)
    axes.set(yscale="log", xlabel="epoch", ylabel="mean squared error, (10 µA)²")
    _plain(axes.yaxis)
    axes.grid(axis="y")
    axes.legend(frameon=False, fontsize=6.5)


def draw_noise(axes: Axes, data: CalibrationData, array: str) -> None:
    """Errors on unseen matrices with each noise, a line for each calibrator.

    Args:
        axes: Where to draw.
        data: Finished run.
        array: Name of the array.
    """
    paint, noises = colours(), data.noises
    for name in [RAW, *data.calibrators]:
        errors = [data.error(array, noise, name, "validation_matrices")["mean"] for noise in noises]
        colour = INK if name == RAW else paint[data.kind(name)]
        axes.plot(errors, "o-", color=colour, linewidth=0.9, markersize=3)
    floors = [np.nan if floor is None else floor for floor in data.floors(array)]
    axes.plot(floors, "_", color=INK, markersize=14, label="floor")
    axes.set(yscale="log", ylabel="error on unseen matrices, (10 µA)²")
    axes.set_xticks(range(len(noises)), [noise.removeprefix("noise_") for noise in noises])
    _plain(axes.yaxis)
    axes.grid(axis="y")


def _plain(axis: Axis, multiples: tuple[float, ...] = (1.0,)) -> None:
    """Powers of ten, or a few multiples of them, as they are typed, and never too close."""
    axis.set_major_locator(LogLocator(subs=multiples, numticks=5))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("e-0", "e-")))
    axis.set_minor_formatter(NullFormatter())


FLOOR = 1e-6
"""uA. Errors below are single precision's, and drawn there."""
