"""The page: one HTML file that needs nothing but itself."""

from collections.abc import Callable
from functools import partial
from html import escape
from importlib import resources
from string import Template
from typing import Any

from matplotlib.axes import Axes

from mho.reports.figures import panel, shown, style
from mho.studies.calibrate_readout import PAPER, RAW
from mho.studies.readout_error import PARTS
from mho.studies.runs import RunFolder

from .data import CalibrationData
from .drawings import (
    colours,
    draw_cost,
    draw_curves,
    draw_errors,
    draw_missing,
    draw_noise,
    draw_signal,
    marks,
)


def page(folder: RunFolder) -> str:
    """The report as HTML.

    Args:
        folder: Finished run of `CalibrateReadout`.
    """
    data = CalibrationData.of(folder)
    with style():
        arrays = "\n".join(_array(data, array) for array in data.arrays)
    size = data.study.data
    content = {
        "style": _file("mho.reports", "report.css"),
        "matrices": f"{size.matrices - size.validation_matrices:,}",
        "vectors": f"{size.vectors - size.validation_vectors:,}",
        "size": f"{size.rows} rows and {size.cols} columns",
        "seeds": str(len(data.study.seeds)),
        "product": str(data.metrics["product"]),
        "arrays": arrays,
        "settings": escape(folder.settings_path.read_text(encoding="utf-8")),
        "created": escape(folder.about["created"]),
        "version": escape(folder.about["mho"]),
    }
    return Template(_file(__package__, "page.html")).substitute(content)


def _array(data: CalibrationData, array: str) -> str:
    """Section of one array: its tables, and figures."""
    tables = "".join(
        f'<h3>{noise.replace("_", " ")}</h3><div class="table" tabindex="0">'
        f"{_table(data, array, noise)}</div>"
        for noise in data.noises
    )
    figures = "\n".join(
        _figure(partial(draw, data=data, array=array), f"{alt}, {array}", caption)
        for draw, alt, caption in _DRAWINGS
    )
    name = escape(array)
    return (
        f'<section id="{name}"><h2>{name}</h2>{tables}'
        f'<div class="figures">{figures}{_signals(data, array)}</div></section>'
    )


def _table(data: CalibrationData, array: str, noise: str) -> str:
    """Errors of every calibrator on every part, and how many times below the raw ones."""
    heads = "".join(f"<th>{part.replace('_', ', ')}</th>" for part in PARTS)
    published = "".join(f"<td>{PAPER[part]:.2e}</td>" for part in PARTS)
    lines = [f"<tr><th>paper</th><td></td>{published}</tr>"]
    for name in [RAW, *data.calibrators]:
        cells = "".join(
            f"<td>{_cell(data.metrics[array][noise][name][part], name)}</td>" for part in PARTS
        )
        cost = data.metrics["multiplications"][name]
        lines.append(f"<tr><th>{escape(name)}</th><td>{cost}</td>{cells}</tr>")
    caption = "<caption>Mean squared error, (10 µA)², its spread, and the gain over raw</caption>"
    head = f"<thead><tr><th>calibrator</th><th>multiplications</th>{heads}</tr></thead>"
    return f"<table>{caption}{head}<tbody>{''.join(lines)}</tbody></table>"


def _cell(figures: dict[str, Any], name: str) -> str:
    error, gain = figures["error"], figures["gain"]["mean"]
    text = f"{error['mean']:.2e} ± {error['std']:.0e}"
    return text if name == RAW else f"{text}<br>x{gain:,.3g}"


def _figure(draw: Callable[[Axes], Any], alt: str, caption: str) -> str:
    figure, axes = panel(*_SIZES.get(caption, ()))
    draw(axes)
    return shown(figure, alt, caption)


def _signals(data: CalibrationData, array: str) -> str:
    """Figure 6 of the paper, of the calibrator that stands for its own."""
    name = data.published
    colour = colours()[data.kind(name)]
    figures = []
    for part, label in (("sinusoid", "A sinusoid"), ("dc", "A constant voltage")):
        signal = data.signal(array, part, name)
        drawn: tuple[tuple[Any, str], ...] = (
            (
                draw_signal,
                f"{label} through the first and the last filter: raw (grey), corrected by"
                f" {escape(name)}, ideal (dashed).",
            ),
            (draw_missing, f"{label}: error of all filters, raw (grey) and corrected."),
        )
        for number, (draw, caption) in enumerate(drawn):
            alt = f"{label}, {array}, {number}"
            figures.append(_figure(partial(draw, signal=signal, colour=colour), alt, caption))
    return "\n".join(figures)


def _draw_named_errors(axes: Axes, data: CalibrationData, array: str) -> None:
    draw_errors(axes, data, array)
    look: Any = {"frameon": False, "fontsize": 6.5, "ncols": 4, "columnspacing": 0.8}
    axes.legend(handles=marks(), loc="lower right", bbox_to_anchor=(1, 0.99), **look)


def _file(package: str, name: str) -> str:
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


_ERRORS = "Errors without noise; the paper's are dashed."
_SIZES: dict[str, Any] = {_ERRORS: (3.5, 3.8, (1.25, 0.44, 0.1, 0.3))}
_DRAWINGS = (
    (_draw_named_errors, "Errors of all calibrators", _ERRORS),
    (
        draw_cost,
        "Errors against multiplications",
        "What a vector costs after folding, beside the product that is repaired, without noise.",
    ),
    (
        draw_noise,
        "Errors with noise",
        "Errors on unseen matrices as noise grows; bars are what the best linear estimate leaves.",
    ),
    (draw_curves, "Loss curves", "The paper's network while it learns, without noise."),
)
