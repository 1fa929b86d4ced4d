"""What earlier pulses tell about the next one, and how many pulses jobs take, as a figure."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mho.studies.runs import RunFolder

from .figures import INK, MUTED, png, scheme_colours, style

LABELS = {"memoryless": "predictor without memory", "history": "predictor with memory"}


def summary_figure(folder: RunFolder) -> bytes:
    """Error of the next pulse by what is known, and pulses to each tolerance: PNG, 1400 x 700.

    Args:
        folder: Finished run of `RememberPulses`.
    """
    metrics = folder.metrics
    with style():
        figure = Figure(figsize=(7.0, 3.5), facecolor="white", layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1.25, 1.0))
        _known(left, metrics["next"])
        _jobs(right, metrics["jobs"])
        return png(figure)


def _known(axes: Axes, figures: dict[str, Any]) -> None:
    remembered = {
        f"{name.removeprefix('remembered')} pulses": name
        for name in figures
        if name.startswith("remembered")
    }
    known = remembered | {"whole state": "state"}
    mean, std = (
        [100 * figures[name]["rpd"][key] for name in known.values()] for key in ("mean", "std")
    )
    axes.bar(list(known), mean, yerr=std, width=0.6, color="#c9cdd4", ecolor=MUTED, capsize=3)
    colours = scheme_colours(list(LABELS))
    for name, label in LABELS.items():
        axes.axhline(100 * figures[name]["rpd"]["mean"], color=colours[name], label=label)
    axes.set_ylabel("mean relative error of the next pulse, %")
    axes.set_xlabel("the best that is possible for whoever remembers", color=INK)
    axes.set_ylim(0, 1.35 * max(100 * each["rpd"]["mean"] for each in figures.values()))
    axes.legend(frameon=False, loc="upper left")


def _jobs(axes: Axes, jobs: dict[str, Any]) -> None:
    colours = scheme_colours(list(LABELS))
    for shift, (name, figures) in zip((-0.12, 0.12), jobs.items(), strict=True):
        for place, each in enumerate(figures.values()):
            median, high = each["median"]["mean"], each["p95"]["mean"]
            axes.plot([place + shift] * 2, [median, high], color=colours[name], linewidth=1)
            axes.plot(place + shift, median, "o", color=colours[name], markersize=5)
            axes.plot(place + shift, high, "_", color=colours[name], markersize=9)
    names = [name.replace("within_", "") + " %" for name in figures]
    axes.set_xticks(range(len(names)), names)
    axes.set(ylim=(0, None), xlim=(-0.5, len(names) - 0.5))
    axes.set_xlabel("tolerance", color=INK)
    axes.set_ylabel("pulses of a cell, median to 95th percentile")
