"""Feedforward pulses and their levels, as figures."""

import tomllib
from collections.abc import Callable
from html import escape
from importlib import resources
from string import Template
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from mho.studies.feedforward_levels.measurements import DIRECTIONS
from mho.studies.feedforward_levels.result import levels_of
from mho.studies.runs import RunFolder

from .figures import GRID, INK, MUTED, PLOT, panel, png, scheme_colours, shown, style

COLOURS = scheme_colours(["set", "reset"])
"""Colour of either direction."""

_LABELS = {"set": "SET", "reset": "RESET"}
_WINDOW = (0.1, 0.3)  # ohm, published: the steps that the scheme was to make
_DRAWN = 9  # levels whose distribution is drawn, as in the publication
_Draw = Callable[[Axes, RunFolder], None]


def summary_figure(folder: RunFolder) -> bytes:
    """Characterisation, sweeps, levels and their reliability: a PNG.

    Args:
        folder: Finished run of `FeedforwardLevels`.
    """
    drawings = _drawings(folder)
    with style():
        rows = -(-len(drawings) // 3)
        figure = Figure(figsize=(9.0, 2.7 * rows), facecolor="white", layout="constrained")
        for number, (title, draw, _) in enumerate(drawings, 1):
            axes = figure.add_subplot(rows, 3, number)
            draw(axes, folder)
            axes.set_title(title, fontsize=8.5, fontweight="bold", color=INK)
        return png(figure)


def page(folder: RunFolder) -> str:
    """The report as HTML.

    Args:
        folder: Finished run of `FeedforwardLevels`.
    """
    figures = []
    with style():
        for title, draw, caption in _drawings(folder):
            figure, axes = panel(room=(0.75, *PLOT[1:]))
            draw(axes, folder)
            figures.append(shown(figure, title, f"<b>{title}.</b> {caption}"))
    texts = {
        "summary": escape(folder.summary),
        "figures": "\n".join(figures),
        "settings": escape(folder.settings_path.read_text(encoding="utf-8")),
        "version": escape(folder.about["mho"]),
        "created": escape(folder.about["created"]),
        "style": resources.files(__package__).joinpath("report.css").read_text("utf-8"),
    }
    template = resources.files(__package__).joinpath("feedforward_levels.html")
    return Template(template.read_text("utf-8")).substitute(texts)


def _drawings(folder: RunFolder) -> list[tuple[str, _Draw, str]]:
    """Title, drawing and caption of each figure that the run has the data for."""
    settings = tomllib.loads(folder.settings_path.read_text(encoding="utf-8"))
    drawings: list[tuple[str, _Draw, str]] = []
    if "characterisation" in settings:
        drawings += [
            (
                "identical pulses",
                _draw_curves,
                "One sweep for each amplitude, the darker the larger.",
            ),
            (
                "reproducibility",
                _draw_reproducibility,
                "Correlation of the last sweep of an amplitude with those before it, over how far"
                " the sweeps go.",
            ),
            ("steps of SET pulses", _draw_set_steps, _STEPS),
            ("steps of RESET pulses", _draw_reset_steps, _STEPS),
        ]
    most, least = folder.metrics["levels"][0], folder.metrics["levels"][-1]
    drawings += [
        ("feedforward sweeps", _draw_sweeps, "Read after every pulse; five sweeps."),
        ("amplitudes", _draw_amplitudes, "Of every pulse of those sweeps, by where the cell was."),
        (f"{least} levels", _draw_levels, "Achieved by the first sweep; the line is perfect."),
    ]
    for name, draw in (("set", _draw_set_levels), ("reset", _draw_reset_levels)):
        drawings.append(
            (
                f"{most} levels, {_LABELS[name]}",
                draw,
                "Share of sweeps below an error, for levels from the start (dark) to the end. At 1"
                " the next level is met instead; a level whose curve passes there below 0.8 tends"
                " to be skipped.",
            )
        )
    return drawings


_STEPS = "Of single pulses, by where the cell was. Grey: the published window."


def _name(axis: Axis, folder: RunFolder, what: str = "") -> None:
    """Write quantity and unit at an axis that shows what is to be linear, or `what` of it."""
    if str(folder.read(f"seed{_seed(folder)}-sweeps")["unit"]) == "Ohm":
        axis.set_label_text(f"{what or 'resistance'}, ohm")
        return
    axis.set_label_text(f"{what or 'conductance'}, uS")
    axis.set_major_formatter(lambda value, _: f"{1e6 * value:g}")


def _seed(folder: RunFolder) -> int:
    return int(folder.metrics["seeds"][0])


def _draw_curves(axes: Axes, folder: RunFolder) -> None:
    curves = folder.read(f"seed{_seed(folder)}-curves")
    offset = 0
    for name in DIRECTIONS:
        values = curves[f"{name}_value"]
        for shade, value in zip(_shades(len(values)), values, strict=True):
            number = offset + np.arange(len(value))
            axes.plot(number, value, color=COLOURS[name], alpha=shade, linewidth=0.9)
        offset += values.shape[1]
    axes.set(xlabel="pulse: SET, then RESET")
    _name(axes.yaxis, folder)


def _draw_reproducibility(axes: Axes, folder: RunFolder) -> None:
    curves = folder.read(f"seed{_seed(folder)}-curves")
    for name in DIRECTIONS:
        if f"{name}_reproducibility" in curves:
            unlike = 1.0 - curves[f"{name}_reproducibility"]
            look: Any = {"color": COLOURS[name], "label": _LABELS[name], "ms": 3.5}
            axes.plot(curves[f"{name}_range"], unlike, "o", **look)
    axes.set(ylabel="1 - correlation")
    _name(axes.xaxis, folder, "range of the sweep")
    _scale_logarithmic(axes)
    axes.legend(frameon=False, loc="upper left")


def _draw_set_steps(axes: Axes, folder: RunFolder) -> None:
    _draw_steps(axes, folder, "set")


def _draw_reset_steps(axes: Axes, folder: RunFolder) -> None:
    _draw_steps(axes, folder, "reset")


def _draw_steps(axes: Axes, folder: RunFolder, name: str) -> None:
    seed = _seed(folder)
    curves, stored = folder.read(f"seed{seed}-curves"), folder.read(f"seed{seed}-sweeps")
    parts = zip(
        _shades(len(curves[f"{name}_amplitude"])),
        curves[f"{name}_start"],
        curves[f"{name}_change"],
        strict=True,
    )
    if str(stored["unit"]) == "Ohm":
        axes.axhspan(*_WINDOW, color=GRID, linewidth=0)
    for shade, start, change in parts:
        look: Any = {"color": COLOURS[name], "alpha": shade, "ms": 1.2}
        axes.plot(start, change, "o", markeredgewidth=0, rasterized=True, **look)
    changes = curves[f"{name}_change"]
    low, high = sorted(stored["ends"])
    axes.set_xlim(low, high)
    _scale_logarithmic(axes)
    _name(axes.xaxis, folder)
    _name(axes.yaxis, folder, "change by one pulse")
    axes.set_ylim(np.quantile(changes, 0.9) * 1e-2, changes.max())


def _draw_sweeps(axes: Axes, folder: RunFolder) -> None:
    stored, offset = folder.read(f"seed{_seed(folder)}-sweeps"), 0
    for name in DIRECTIONS:
        values = stored[f"{name}_value"]
        for value in values[:5]:
            number = offset + np.arange(len(value))
            axes.plot(number, value, color=COLOURS[name], linewidth=0.8, alpha=0.6)
        offset += values.shape[1]
    axes.set(xlabel="pulse: SET, then RESET")
    _name(axes.yaxis, folder)


def _draw_amplitudes(axes: Axes, folder: RunFolder) -> None:
    stored = folder.read(f"seed{_seed(folder)}-sweeps")
    for name in DIRECTIONS:
        start, size = stored[f"{name}_value"][:5, :-1], np.abs(stored[f"{name}_amplitude"][:5])
        look: Any = {"color": COLOURS[name], "label": _LABELS[name], "ms": 1.5}
        axes.plot(start.ravel(), size.ravel(), "o", markeredgewidth=0, rasterized=True, **look)
    axes.set(ylabel="size of the amplitude, V", ylim=(0, None))
    _name(axes.xaxis, folder)
    axes.legend(frameon=False, markerscale=3, loc="lower center")


def _draw_levels(axes: Axes, folder: RunFolder) -> None:
    stored, n = folder.read(f"seed{_seed(folder)}-sweeps"), folder.metrics["levels"][-1]
    for name in DIRECTIONS:
        levels = levels_of(stored, name, n)
        number = np.arange(1, n + 1)
        axes.plot(number, levels.target, color=MUTED, linewidth=0.7)
        look: Any = {"color": COLOURS[name], "label": _LABELS[name], "ms": 2.5}
        axes.plot(number, levels.achieved[0], "o", markeredgewidth=0, **look)
    axes.set(xlabel="level", ylabel="share of the range")
    axes.legend(frameon=False, loc="center left")


def _draw_set_levels(axes: Axes, folder: RunFolder) -> None:
    _draw_distributions(axes, folder, "set")


def _draw_reset_levels(axes: Axes, folder: RunFolder) -> None:
    _draw_distributions(axes, folder, "reset")


def _draw_distributions(axes: Axes, folder: RunFolder, name: str) -> None:
    stored, n = folder.read(f"seed{_seed(folder)}-sweeps"), folder.metrics["levels"][0]
    overshoot = np.sort(levels_of(stored, name, n).overshoot.numpy(), axis=0)
    chosen = np.linspace(1, n - 2, _DRAWN).round().astype(int)
    share = np.arange(1, len(overshoot) + 1) / len(overshoot)
    for shade, level in zip(_shades(_DRAWN)[::-1], chosen, strict=True):
        axes.step(overshoot[:, level], share, color=COLOURS[name], alpha=shade, linewidth=1.0)
    axes.axvline(1.0, color=MUTED, linewidth=0.8, linestyle="--")
    axes.axhline(0.8, color=MUTED, linewidth=0.8, linestyle=":")
    axes.set(xlabel="error in levels", ylabel="share of sweeps", ylim=(0, 1))


def _scale_logarithmic(axes: Axes) -> None:
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())


def _shades(count: int) -> list[float]:
    return [float(shade) for shade in np.linspace(0.3, 1.0, count)]
