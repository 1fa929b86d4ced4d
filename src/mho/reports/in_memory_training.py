"""Training curves of weights in cells, rule by rule, as a figure."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, ScalarFormatter

from mho.studies.runs import RunFolder

from .figures import GRID, INK, png, scheme_colours, style

_REFERENCES = {"exact": "-.", "digital": ":"}  # what the others are held against, in black
_FEW_BITS = 4  # drawn with a broken line in the colour of the rule


def summary_figure(folder: RunFolder) -> bytes:
    """Wrong answers after every epoch, for figs. 6(e) and 6(f) of the publication: 1200 x 700.

    Args:
        folder: Finished run of `InMemoryTraining`.
    """
    curves = folder.metrics["curve"]
    spreads = {name: each["std"] for name, each in folder.metrics["accuracy"].items()}
    rules = [name for name in curves if name not in _REFERENCES]
    colours = scheme_colours(list(dict.fromkeys(_way(name)[0] for name in rules)))
    with style():
        figure = Figure(figsize=(6.0, 3.5), facecolor="white", layout="constrained")
        axes = figure.add_subplot()
        for name in rules:
            way, bits = _way(name)
            broken = (0, (3, 1.5)) if bits is not None and bits <= _FEW_BITS else "-"
            look = {"color": colours[way], "linestyle": broken, "linewidth": 1.4}
            _draw(axes, name, curves[name], look)
            ends = len(curves[name]) - 1, 100.0 - curves[name][-1], spreads[name]
            axes.errorbar(*ends, color=colours[way], capsize=2, linewidth=1)
        for name in filter(curves.__contains__, _REFERENCES):
            _draw(axes, name, curves[name], {"color": INK, "linestyle": _REFERENCES[name]})
        axes.set(xlabel="epochs", ylabel="wrong answers, %", xlim=(0, None), yscale="log")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5, 7)))
        axes.yaxis.set_major_formatter(ScalarFormatter())
        axes.yaxis.set_minor_locator(NullLocator())
        axes.grid(color=GRID)
        axes.set_axisbelow(True)
        legend: dict[str, Any] = {"frameon": False, "bbox_to_anchor": (1.0, 0.5), "fontsize": 7}
        axes.legend(title="accuracy at the end", title_fontsize=7, loc="center left", **legend)
        return png(figure)


def _draw(axes: Axes, name: str, curve: list[float], look: dict[str, Any]) -> None:
    label = f"{name.replace('_', ' ')}: {curve[-1]:.1f} %"
    axes.plot(range(len(curve)), [100.0 - value for value in curve], label=label, **look)


def _way(name: str) -> tuple[str, int | None]:
    """Name of a rule without its bits, and these."""
    way, _, bits = name.rpartition("_")
    return (way, int(bits)) if bits.isdigit() else (name, None)
