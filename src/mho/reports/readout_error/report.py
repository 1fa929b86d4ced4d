"""The page: one HTML file that needs nothing but itself."""

from collections.abc import Callable
from html import escape
from importlib import resources
from string import Template
from typing import Any

from matplotlib.axes import Axes

from mho.reports.figures import MAP, add_scale, panel, shown, style
from mho.studies.readout_error import PAPER, PARTS
from mho.studies.runs import RunFolder

from .data import ArrayData, arrays_of
from .drawings import draw_currents, draw_errors, draw_loss, draw_missing_wave, draw_wave


def page(folder: RunFolder) -> str:
    """The report as HTML.

    Args:
        folder: Finished run of `ReadoutError`.
    """
    metrics = folder.metrics
    with style():
        arrays = "\n".join(_array(array, metrics) for array in arrays_of(folder))
    content = {
        "style": _file("mho.reports", "report.css"),
        "matrices": f"{metrics['matrices']:,}",
        "vectors": f"{metrics['vectors']:,}",
        "size": f"{metrics['rows']} rows and {metrics['cols']} columns",
        "errors": _errors(metrics),
        "arrays": arrays,
        "settings": escape(folder.settings_path.read_text(encoding="utf-8")),
        "created": escape(folder.about["created"]),
        "version": escape(folder.about["mho"]),
    }
    return Template(_file(__package__, "page.html")).substitute(content)


def _errors(metrics: dict[str, Any]) -> str:
    """Raw errors of every array and noise, the paper's first."""
    rows = [("paper", "", PAPER)]
    for name, noises in metrics["raw"].items():
        rows += [(name, noise, errors) for noise, errors in noises.items()]
    heads = "".join(f"<th>{part.replace('_', ', ')}</th>" for part in PARTS)
    lines = [
        f"<tr><th>{escape(name)}</th><td>{escape(noise)}</td>"
        + "".join(f"<td>{errors[part]:.4f}</td>" for part in PARTS)
        + "</tr>"
        for name, noise, errors in rows
    ]
    caption = "<caption>Mean squared error of the currents, in units of (10 µA)²</caption>"
    head = f"<thead><tr><th>array</th><th>noise</th>{heads}</tr></thead>"
    return f"<table>{caption}{head}<tbody>{''.join(lines)}</tbody></table>"


def _array(array: ArrayData, metrics: dict[str, Any]) -> str:
    """Section of one array: where its errors are from, and what they look like."""
    name = escape(array.name)
    causes = ", ".join(
        f"{value:.4f} with {cause}" for cause, value in metrics["causes"][name].items()
    )
    figures = "\n".join(
        _figure(array, draw, f"{alt} of {array.name}", caption) for draw, alt, caption in _DRAWINGS
    )
    return (
        f'<section id="{name}"><h2>{name}</h2><p>{metrics["loss"][name]["train"]:.2%} of the'
        f" current of random vectors is lost. Mean squared errors: {causes}.</p>"
        f'<div class="figures">{figures}{_map(array)}</div></section>'
    )


def _figure(
    array: ArrayData, draw: Callable[[Axes, ArrayData], None], alt: str, caption: str
) -> str:
    figure, axes = panel()
    draw(axes, array)
    return shown(figure, alt, caption)


def _map(array: ArrayData) -> str:
    figure, axes = panel(3.5, 2.7, MAP)
    add_scale(figure, axes, draw_loss(axes, array), "lost, %")
    alt = f"Map of the current that each cell of {array.name} loses"
    return shown(figure, alt, "Share of its ideal current that each cell loses, over all readings.")


def _file(package: str, name: str) -> str:
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


_DRAWINGS = (
    (
        draw_currents,
        "Currents against ideal currents",
        "Currents of unseen random matrices. Perfect ones would lie on the dashed line.",
    ),
    (
        draw_errors,
        "Missing current against ideal current",
        "The same, as what is missing. Below the dashed line the array gives too much.",
    ),
    (
        draw_wave,
        "Output of two filters for a sinusoid",
        "A sinusoid through the first and the last filter, and what it should be (dashed).",
    ),
    (
        draw_missing_wave,
        "Missing output of all filters for a sinusoid",
        "What is missing of each filter's output; the first column is the strongest line.",
    ),
)
