"""The page: one HTML file that needs nothing but itself."""

from html import escape
from importlib import resources
from string import Template
from typing import Any

from mho.reports.figures import MAP, PLOT, add_scale, panel, shown, style
from mho.studies.predict_pulses import BOUNDS
from mho.studies.runs import RunFolder

from .data import PredictionData
from .drawings import (
    TUNED,
    UNTUNED,
    draw_by_start,
    draw_histogram,
    draw_history,
    draw_surface,
    draw_verified,
    histories,
    legend_above,
)

_UNDER: Any = {"height": 3.3, "room": (*PLOT[:3], 0.8)}
"""Axes with a legend of up to five lines above them, and those beside."""


def page(folder: RunFolder) -> str:
    """The report as HTML.

    Args:
        folder: Finished run of `PredictPulses`.
    """
    data, metrics = PredictionData.of(folder), folder.metrics
    with style():
        figures = {
            "untuned": _errors(data, UNTUNED, "before fine-tuning"),
            "tuned": _errors(data, TUNED, "after fine-tuning"),
            "maps": "\n".join(_map(data, name) for name in data.schemes),
            "verified": _verified(data),
        }
    texts = {
        "table": _table(metrics),
        "pulses": _pulses(metrics),
        "seeds": f"{len(metrics['seeds'])}",
        "settings": escape(folder.settings_path.read_text(encoding="utf-8")),
        "created": escape(folder.about["created"]),
        "version": escape(folder.about["mho"]),
        "style": _file("mho.reports", "report.css"),
    }
    return Template(_file(__package__, "page.html")).substitute(figures | texts)


def _errors(data: PredictionData, names: tuple[str, ...], when: str) -> str:
    start, axes = panel(**_UNDER)
    draw_by_start(axes, data, names)
    legend_above(axes)
    histogram, axes = panel(**_UNDER)
    draw_histogram(axes, data, names)
    caption = "Mean over the targets. Dashed: the lowest error of any predictor that reads."
    first = shown(start, f"Mean error over the start, {when}", caption)
    alt = f"Histogram of the errors of all cells, {when}"
    return first + shown(histogram, alt, "The last bar holds all larger errors. Dotted: one half.")


def _map(data: PredictionData, name: str) -> str:
    figure, axes = panel(3.5, 2.7, MAP)
    add_scale(figure, axes, draw_surface(axes, data, name), "mean relative error, %")
    label = data.schemes[name].label
    return shown(figure, f"Map of the errors over start and target, {label}", escape(label))


def _verified(data: PredictionData) -> str:
    figure, axes = panel(**_UNDER)
    draw_verified(axes, data)
    legend_above(axes)
    caption = "After the last pulse: mean and standard deviation of cells from all starts."
    parts = [shown(figure, "Reached against wanted after write and verify", caption)]
    last = list(data.schemes)[-1]
    for number in range(histories(data)):
        figure, axes = panel()
        draw_history(axes, data, last, number)
        target = f"{data.shared[len(data.targets) + number]:g} µS"
        caption = f"{escape(data.schemes[last].label)}: cells from all starts, to {target}."
        parts.append(shown(figure, f"Conductance after each pulse towards {target}", caption))
    return "\n".join(parts)


def _table(metrics: dict[str, Any]) -> str:
    rows = [(name, figures) for name, figures in metrics.items() if name not in _OTHERS]
    rows += [(label, metrics["bound"][name]) for name, label in BOUNDS.items()]
    head = "".join(
        f"<th>{way}, {key}</th>" for way in ("SET", "RESET") for key in ("error", "half")
    )
    lines = []
    for name, figures in rows:
        cells = [figures[way][key] for way in ("set", "reset") for key in ("rpd", "within_half")]
        numbers = "".join(f"<td>{100 * c['mean']:.1f} ± {100 * c['std']:.1f}</td>" for c in cells)
        lines.append(f"<tr><th>{escape(name)}</th>{numbers}</tr>")
    caption = "Mean relative error, and cells within half of the target, per cent"
    return _tabled(caption, head, lines)


def _pulses(metrics: dict[str, Any]) -> str:
    names = ("within_10", "within_5", "within_1")
    head = "".join(f"<th>to {name.removeprefix('within_')} %</th>" for name in names)
    lines = []
    for scheme, figures in metrics.items():
        if scheme in _OTHERS:
            continue
        cells = "".join(f"<td>{_counted(figures['verify'][name])}</td>" for name in names)
        lines.append(f"<tr><th>{escape(scheme)}</th>{cells}</tr>")
    caption = "Pulses until a read is within: median, and for 95 % of the cells"
    return _tabled(caption, head, lines)


def _tabled(caption: str, head: str, lines: list[str]) -> str:
    top = f"<caption>{caption}</caption><thead><tr><th></th>{head}</tr></thead>"
    return f"<table>{top}<tbody>{''.join(lines)}</tbody></table>"


def _counted(figures: dict[str, Any]) -> str:
    counts = (figures["median"], figures["p95"])
    return ", ".join("more" if each is None else f"{each['mean']:.1f}" for each in counts)


def _file(package: str, name: str) -> str:
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


_OTHERS = ("seeds", "bound")
