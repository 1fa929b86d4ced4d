"""Stage three: what the programming schemes made of the cells."""

from html import escape
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from mho.reports.figures import (
    MAP,
    MUTED,
    add_scale,
    count_in_percent,
    density,
    draw_density,
    draw_map,
    panel,
    shown,
)

from .data import LoopData
from .overview import chip


def parts(data: LoopData) -> dict[str, str]:
    """Figures and texts by name.

    Args:
        data: Finished run.
    """
    return {
        "schemes": _schemes(data),
        "reached": _reached(data),
        "tile_errors": _tile_errors(data),
        "errors": _errors(data),
        "pulses": _pulses(data),
    }


def _schemes(data: LoopData) -> str:
    items = (
        f"<li>{chip(data, name)} {_described(scheme)}</li>"
        for name, scheme in ((name, data.settings["schemes"][name]) for name in data.schemes)
    )
    return f'<ul class="schemes">{"".join(items)}</ul>'


def _described(scheme: dict[str, Any]) -> str:
    programmer = f"<code>{escape(scheme['programmer']['type'])}</code>"
    if scheme["max_pulses"] == 1:
        return f"gives each cell one pulse at most, chosen by {programmer}, and does not look back."
    return (
        f"reads each cell and gives it a pulse chosen by {programmer}, again and again until it"
        f" is within {100 * scheme['tolerance']:g} % of its target or has had"
        f" {scheme['max_pulses']} pulses."
    )


def _reached(data: LoopData) -> str:
    highest = max(float(v.max()) for c in data.cells.values() for v in (c.target, c.conductance))
    limits = (0.0, 1.03 * highest)
    counts = {n: density(c.target, c.conductance, limits) for n, c in data.cells.items()}
    most = max(float(c.max()) for c in counts.values())
    figures = []
    for name, colour in data.colours.items():
        figure, axes = panel(3.5, 2.7)
        draw_density(axes, counts[name], limits, colour, most)
        axes.set(xlabel="target conductance, µS", ylabel="programmed, µS")
        alt = f"Programmed against target conductance of all cells, scheme {name}"
        caption = f"{chip(data, name)}: reached against wanted. The stronger the colour, the more"
        caption += " cells (logarithmic, the same for all schemes)."
        figures.append(shown(figure, alt, caption))
    return "\n".join(figures)


def _tile_errors(data: LoopData) -> str:
    bound = _bound(data)
    figures = []
    for name, cells in data.cells.items():
        figure, axes = panel(3.5, 2.4, MAP)
        image = draw_map(axes, cells.tile_error, "RdBu_r", -bound, bound)
        axes.set(xlabel="column", ylabel="row")
        add_scale(figure, axes, image, "relative error, %")
        alt = f"Map of the relative errors of one tile, scheme {name}"
        caption = f"{chip(data, name)}: the cells of one tile. Red conducts too well, blue too"
        caption += " little; errors beyond the scale have its last colour."
        figures.append(shown(figure, alt, caption))
    return "\n".join(figures)


def _errors(data: LoopData) -> str:
    figure, axes = panel()
    bound = 1.6 * _bound(data)
    edges = np.linspace(-bound, bound, 65)
    for tolerance in {cost["tolerance"] for cost in data.metrics["programming"].values()}:
        axes.axvspan(-100 * tolerance, 100 * tolerance, color=MUTED, alpha=0.13, linewidth=0)
    for name, cells in data.cells.items():
        # What is further out counts in the outermost bins, so that no cell is left out.
        inside = np.clip(cells.error, -bound, bound)
        share = 100 * np.histogram(inside, edges)[0] / inside.size
        axes.stairs(share, edges, color=data.colours[name], linewidth=1.4)
    axes.set(xlabel="relative error, %", xlim=(-bound, bound))
    count_in_percent(axes)
    alt = "Histogram of the relative errors of all cells of the first seed, by scheme"
    caption = (
        "How far cells are from their targets. Grey: within tolerance. The outermost bars hold"
        " all cells that are even further off. Note the logarithmic scale."
    )
    return shown(figure, alt, caption)


def _pulses(data: LoopData) -> str:
    figure, axes = panel()
    width = 0.8 / len(data.cells)
    for index, (name, cells) in enumerate(data.cells.items()):
        share = 100 * np.bincount(cells.pulses) / cells.pulses.size
        taken = np.flatnonzero(share)
        shift = width * (index - (len(data.cells) - 1) / 2)
        axes.bar(taken + shift, share[taken], width, color=data.colours[name])
    axes.set_xlabel("pulses that a cell took")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    count_in_percent(axes)
    alt = "Bar chart of the number of pulses that the cells took, by scheme"
    return shown(figure, alt, "Pulses per cell. Note the logarithmic scale.")


def _bound(data: LoopData) -> float:
    """Per cent. An error that hardly any cell exceeds with any scheme."""
    tolerances = [100 * cost["tolerance"] for cost in data.metrics["programming"].values()]
    worst = [float(np.percentile(np.abs(cells.error), 99)) for cells in data.cells.values()]
    return float(max([1.0, *tolerances, *worst]))
