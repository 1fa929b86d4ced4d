"""The loop in one picture, for a page about the package."""

from collections.abc import Callable

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnchoredOffsetbox, HPacker, TextArea

from mho.reports.figures import INK, MUTED, density, draw_density, draw_map, png, style
from mho.studies.runs import RunFolder

from .data import LoopData
from .overview import STAGES, number


def summary_figure(folder: RunFolder) -> bytes:
    """The stages as small pictures in a row, with their accuracies below: a PNG of 1400 x 500.

    Args:
        folder: Finished run of `ClosedLoop`.
    """
    data = LoopData.of(folder)
    pictures: dict[str, tuple[str, Callable[[Axes], None]]] = {
        "digital": ("a digit", lambda axes: draw_map(axes, data.pictures["image"], "gray_r", 0, 1)),
        "mapped": ("target conductances", lambda axes: _targets(data, axes)),
        "programmed": ("reached over target", lambda axes: _reached(data, axes)),
        "wires": ("voltage left for cells", lambda axes: _voltages(data, axes)),
        "converters": ("current over ideal", lambda axes: _currents(data, axes, "raw")),
        "calibrated": ("current over ideal", lambda axes: _currents(data, axes, "calibrated")),
    }
    with style():
        figure = Figure(figsize=(7.0, 2.5), facecolor="white")
        for index, stage in enumerate(STAGES):
            left = 0.012 + index * 0.1655
            axes = figure.add_axes((left, 0.485, 0.148, 0.41))
            label, draw = pictures[stage]
            draw(axes)
            axes.set(xticks=[], yticks=[], aspect="auto")
            axes.set_title(stage, fontsize=8.5, fontweight="bold", color=INK, pad=4)
            axes.set_xlabel(label, fontsize=6.5, color=MUTED, labelpad=3)
            _write_accuracies(figure, data, stage, left + 0.074)
        _write_legend(figure, data)
        return png(figure)


def _targets(data: LoopData, axes: Axes) -> None:
    mapping = data.settings["mapping"]
    draw_map(axes, data.of_cells("target"), "cividis", mapping["g_min"], mapping["g_max"])


def _voltages(data: LoopData, axes: Axes) -> None:
    draw_map(axes, data.of_cells("cell_voltage"), "viridis", 0.0, data.settings["read_voltage"])


def _reached(data: LoopData, axes: Axes) -> None:
    cells = data.cells[data.pictured_scheme]
    _cloud(data, axes, cells.target, cells.conductance)


def _currents(data: LoopData, axes: Axes, stage: str) -> None:
    _cloud(data, axes, data.pictures["ideal_current"], data.pictures[f"{stage}_current"])


def _cloud(data: LoopData, axes: Axes, x: np.ndarray, y: np.ndarray) -> None:
    # The ideal sets both scales, so that clouds over the same ideal can be compared.
    limits = (0.0, 1.05 * float(x.max()))
    counts = density(x.ravel(), y.ravel(), limits, bins=60)
    draw_density(axes, counts, limits, data.colours[data.pictured_scheme], most=x.size / 100)


def _write_accuracies(figure: Figure, data: LoopData, stage: str, centre: float) -> None:
    top, step = 0.3, 0.19 / max(len(data.schemes) - 1, 2)
    if stage in STAGES[:2]:
        text = f"{number(data.accuracy[stage])} %"
        middle = top - step * (len(data.schemes) - 1) / 2
        figure.text(centre, middle, text, ha="center", fontsize=9.5, color=INK)
        return
    for line, (name, colour) in enumerate(data.colours.items()):
        text = f"{number(data.accuracy[name][stage]['mean'])} %"
        figure.text(centre, top - step * line, text, ha="center", fontsize=9.5, color=colour)


def _write_legend(figure: Figure, data: LoopData) -> None:
    texts: list[Artist] = [
        TextArea("digits read right; cells written by", textprops={"color": MUTED, "size": 7.5})
    ]
    texts += [
        TextArea(f"● {name}", textprops={"color": colour, "size": 7.5})
        for name, colour in data.colours.items()
    ]
    line = HPacker(children=texts, pad=0, sep=9)
    box = AnchoredOffsetbox(
        "lower center",
        child=line,
        frameon=False,
        bbox_to_anchor=(0.5, 0.0),
        bbox_transform=figure.transFigure,
    )
    figure.add_artist(box)
