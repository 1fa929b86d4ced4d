"""What calibrators reach in one picture, for a page about the package."""

from typing import Any

from matplotlib.figure import Figure

from mho.reports.figures import INK, png, style
from mho.studies.runs import RunFolder

from .data import CalibrationData
from .drawings import colours, draw_cost, draw_curves, draw_errors, draw_missing, draw_signal, marks


def summary_figure(folder: RunFolder) -> bytes:
    """Errors on every array; signals and costs of the first: a PNG.

    Args:
        folder: Finished run of `CalibrateReadout`.
    """
    data = CalibrationData.of(folder)
    with style():
        height = 3.4 + 0.17 * len(data.calibrators)
        figure = Figure(figsize=(10.0, height), facecolor="white", layout="constrained")
        parts: Any = figure.subfigures(2, 1, height_ratios=(height - 3.1, 3.1))
        above, below = parts
        panels: Any = above.subplots(1, len(data.arrays), sharey=True, squeeze=False)
        for axes, array in zip(panels[0], data.arrays, strict=True):
            draw_errors(axes, data, array)
            axes.set_title(array, fontsize=9, fontweight="bold", color=INK, loc="left")
        _draw_signals(below.subplots(1, 4), data)
        figure.legend(handles=marks(), loc="outside upper right", frameon=False, ncols=4)
        return png(figure)


def _draw_signals(panels: Any, data: CalibrationData) -> None:
    """The paper's figure 6 without and with a calibrator, and what calibration costs."""
    array, name = data.arrays[0], data.published
    colour = colours()[data.kind(name)]
    learning, wave, missing, cost = panels
    draw_curves(learning, data, array)
    learning.set_title(f"{name} learns", fontsize=8, color=INK, loc="left")
    for part, look in (("sinusoid", "-"), ("dc", ":")):
        signal = data.signal(array, part, name)
        draw_missing(missing, signal, colour, look)
        if part == "sinusoid":
            draw_signal(wave, signal, colour)
    wave.set_ylim(top=1.15 * wave.get_ylim()[1])
    wave.set_title(f"sinusoid, {name}", fontsize=8, color=INK, loc="left")
    missing.set_title("what it lacks; DC dotted", fontsize=8, color=INK, loc="left")
    wave.legend(frameon=False, fontsize=6, loc="upper right", ncols=3, handlelength=1.2)
    draw_cost(cost, data, array)
    cost.legend(frameon=False, fontsize=6.5)
