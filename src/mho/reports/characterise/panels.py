"""The five figures, each drawn into axes out of one stored measurement."""

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from mho.core.units import si
from mho.reports.figures import INK, MUTED, add_scale, count_in_percent, scheme_colours

COLOURS = scheme_colours(["set", "reset", "fresh"])
"""Colour of what SET, RESET and nothing has been done to."""

_DECADES = 4  # of changes that the map tells apart
_WIDE = 20.0  # ratio from which on conductances are drawn on a logarithmic scale

Arrays = Mapping[str, np.ndarray]
"""A stored measurement."""


def draw_loop(axes: Axes, loop: Arrays) -> None:
    """Size of the current over the voltage of a sweep.

    Args:
        axes: Where to draw.
        loop: Voltage, and current of several cells and of one without noise.
    """
    voltage = loop["voltage"]
    for current in loop["current"].T:
        axes.plot(voltage, _size(current), color=COLOURS["reset"], linewidth=0.5, alpha=0.45)
    axes.plot(voltage, _size(loop["noise_free"]), color=INK, linewidth=1.2)
    axes.set(yscale="log", xlabel="voltage, V", ylabel="size of the current")
    axes.yaxis.set_major_formatter(_in("A"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def draw_switching(axes: Axes, switching: Arrays) -> None:
    """Conductance over identical pulses: median, 5 to 95 % of the cells, and single cells.

    Args:
        axes: Where to draw.
        switching: Quantiles and single cells after every pulse of both trains.
    """
    low, median, high = switching["quantiles"].T
    pulses = len(median) // 2
    above = axes.get_xaxis_transform()
    for name, part in (("set", slice(0, pulses + 1)), ("reset", slice(pulses, None))):
        number = np.arange(len(median))[part]
        colour = COLOURS[name]
        axes.fill_between(number, low[part], high[part], color=colour, alpha=0.22, linewidth=0)
        axes.plot(number, switching["traces"][part], color=colour, linewidth=0.4, alpha=0.5)
        axes.plot(number, median[part], color=colour, linewidth=1.8)
        axes.text(number.mean(), 1.0, name.upper(), color=colour, ha="center", transform=above)
    axes.axvline(pulses, color=MUTED, linewidth=0.7, linestyle=":")
    axes.set(xlabel="pulse", ylabel="conductance", xlim=(0, 2 * pulses))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.yaxis.set_major_formatter(_in("S"))


def draw_histogram(axes: Axes, switching: Arrays) -> None:
    """Conductances of fresh cells, and of cells at the end of the SET and of the RESET train.

    Args:
        axes: Where to draw.
        switching: Conductances of all cells at those three moments.
    """
    groups = {name: switching[name] for name in ("fresh", "reset", "set")}
    every = np.concatenate(list(groups.values()))
    least, most = float(every.min()), float(every.max())
    wide = least > 0 and most / least > _WIDE
    margin = (most / least) ** 0.03 if wide else 0.03 * (most - least)
    edges = (
        np.geomspace(least / margin, most * margin, 46)
        if wide
        else np.linspace(least - margin, most + margin, 46)
    )
    # One cell is half of the axis above its foot; all of them stay below the top.
    axes.set_ylim(50.0 / len(switching["fresh"]), 150.0)
    for name, cells in groups.items():
        share = np.full(len(cells), 100.0 / len(cells))
        axes.hist(
            cells,
            edges.tolist(),
            weights=share,
            color=COLOURS[name],
            alpha=0.65,
            label=_LABELS[name],
        )
    axes.set_xlabel("conductance")
    count_in_percent(axes)
    if wide:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(numticks=6))
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=3))
    axes.xaxis.set_major_formatter(_in("S"))


def draw_steps(axes: Axes, steps: Arrays) -> QuadMesh:
    """Size of the change that one pulse makes, by amplitude and start; blank where it makes none.

    Args:
        axes: Where to draw.
        steps: Amplitudes, start conductances and changes.
    """
    size = np.abs(steps["change"])
    most = float(size.max())
    shown = np.ma.masked_less_equal(size, most * 10.0**-_DECADES)
    image = axes.pcolormesh(
        steps["amplitude"],
        steps["start"],
        shown,
        norm=LogNorm(shown.min(), most),
        cmap="viridis",
        shading="nearest",
        rasterized=True,
    )
    axes.set(xlabel="amplitude of the pulse, V", ylabel="conductance before")
    axes.set_ylim(steps["start"][0], steps["start"][-1])
    axes.yaxis.set_major_formatter(_in("S"))
    return image


def add_change_scale(figure: Figure, axes: Axes, image: QuadMesh) -> None:
    """The colour scale of the map of changes.

    Args:
        figure: Where the map is drawn.
        axes: Where the map is drawn.
        image: The map.
    """
    add_scale(figure, axes, image, "change by one pulse")
    scale = axes.child_axes[-1].yaxis
    scale.set_major_locator(LogLocator(subs=(1.0, 3.0)))
    scale.set_major_formatter(_in("S"))
    scale.set_minor_formatter(NullFormatter())


def draw_retention(axes: Axes, retention: Arrays) -> None:
    """Conductance over the time since the last pulse, from several levels on.

    Args:
        axes: Where to draw.
        retention: Times and quantiles over the cells of each level.
    """
    axes.set_xlabel("time since the last pulse")
    if not retention["moved"]:
        axes.text(0.5, 0.5, NO_RETENTION, transform=axes.transAxes, ha="center", color=MUTED)
        axes.set(xticks=[], yticks=[])
        return
    axes.set_ylabel("conductance")
    time, levels = retention["time"][1:], retention["quantiles"][1:]
    for low, median, high in levels.transpose(1, 2, 0):
        axes.fill_between(time, low, high, color=COLOURS["set"], alpha=0.22, linewidth=0)
        axes.plot(time, median, color=COLOURS["set"], linewidth=1.4)
    axes.set_xscale("log")
    axes.set_xticks(time[:: max(1, len(time) // 4)])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(lambda seconds, _: _duration(seconds))
    axes.yaxis.set_major_formatter(_in("S"))


NO_RETENTION = "In this model\ntime changes nothing."
"""What stands where there is no retention to draw."""

_LABELS = {"fresh": "fresh", "set": "after SET", "reset": "after RESET"}


def _size(current: np.ndarray) -> np.ndarray:
    """A size that a logarithmic scale can show."""
    size: np.ndarray = np.ma.masked_equal(np.abs(current), 0.0)
    return size


def _duration(seconds: float) -> str:
    # Nobody says 100 Ms.
    return si(seconds, "s") if seconds < 1e3 else f"{seconds:g} s".replace("e+0", "e")


def _in(unit: str) -> Callable[[float, float], str]:
    """Ticks with SI prefixes."""
    return lambda value, _: si(value, unit)
