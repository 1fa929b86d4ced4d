"""The page: one HTML file that needs nothing but itself."""

from html import escape
from importlib import resources
from string import Template
from typing import Any

from mho.core.units import si
from mho.reports.figures import MAP, PLOT, panel, shown, style
from mho.studies.runs import RunFolder

from .panels import (
    add_change_scale,
    draw_histogram,
    draw_loop,
    draw_retention,
    draw_steps,
    draw_switching,
)

_ROOMY = (0.75, *PLOT[1:])  # conductances take more room than percentages


def page(folder: RunFolder) -> str:
    """The report as HTML.

    Args:
        folder: Finished run of `Characterise`.
    """
    metrics = folder.metrics
    with style():
        figures = {
            "loop": _loop(folder),
            "switching": _switching(folder),
            "histogram": _histogram(folder),
            "steps": _steps(folder),
            "retention": _retention(folder),
        }
    texts = {
        "device": escape(metrics["device"]),
        "table": _table(metrics),
        "settings": escape(folder.settings_path.read_text(encoding="utf-8")),
        "version": escape(folder.about["mho"]),
        "created": escape(folder.about["created"]),
        "style": resources.files("mho.reports").joinpath("report.css").read_text("utf-8"),
    }
    template = resources.files(__package__).joinpath("page.html").read_text("utf-8")
    return Template(template).substitute(figures | texts)


def _loop(folder: RunFolder) -> str:
    figure, axes = panel(room=_ROOMY)
    draw_loop(axes, folder.read("loop"))
    caption = "Black: a cell without noise. Blue: single cells. Note the logarithmic scale."
    return shown(figure, "Size of the current over the voltage of a triangular sweep", caption)


def _switching(folder: RunFolder) -> str:
    figure, axes = panel(room=(*_ROOMY[:3], 0.25))  # the names of the trains stand above
    draw_switching(axes, folder.read("switching"))
    caption = "Thick: the median. Shaded: 5 to 95 % of the cells. Thin: single cells."
    return shown(figure, "Conductance after every pulse of a SET and a RESET train", caption)


def _histogram(folder: RunFolder) -> str:
    figure, axes = panel()
    draw_histogram(axes, folder.read("switching"))
    axes.legend(frameon=False)
    caption = "Cells before the first pulse, and at the end of either train."
    return shown(figure, "Histogram of the conductances of fresh, SET and RESET cells", caption)


def _steps(folder: RunFolder) -> str:
    figure, axes = panel(4.0, room=(0.75, MAP[1], 1.1, MAP[3]))
    image = draw_steps(axes, folder.read("steps"))
    add_change_scale(figure, axes, image)
    caption = "A cell without noise. Blank: less than a ten-thousandth of the largest change."
    return shown(figure, "Map of the change by one pulse over amplitude and conductance", caption)


def _retention(folder: RunFolder) -> str:
    figure, axes = panel(room=_ROOMY)
    draw_retention(axes, folder.read("retention"))
    caption = "Several levels. Line: the median. Shaded: 5 to 95 % of the cells."
    return shown(figure, "Conductance over the time since the last pulse", caption)


def _table(metrics: dict[str, Any]) -> str:
    head = ("pulses", "amplitude", "width", "5 %", "median", "95 %", "largest step")
    rows = []
    for name in ("set", "reset"):
        part = metrics[name]
        ends = [si(end, "S") for end in part["conductance"]]
        pulse = (f"{part['pulses']}", f"{part['voltage']:g} V", si(part["width"], "s"))
        cells = "".join(f"<td>{cell}</td>" for cell in (*pulse, *ends, si(part["step"], "S")))
        rows.append(f"<tr><th>{name.upper()}</th>{cells}</tr>")
    titles = "".join(f"<th>{title}</th>" for title in head)
    low, high = (si(bound, "S") for bound in metrics["range"])
    caption = f"{metrics['cells']} cells; without noise and spread, {low} to {high}."
    return (
        f"<table><caption>{caption}</caption><thead><tr><th></th>{titles}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
