"""Whether intervals of calibrated currents hold what they should, and distances, as a figure."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mho.studies.readout_error import NOISE_FREE
from mho.studies.runs import RunFolder

from .figures import INK, MUTED, png, scheme_colours, style

ARRAY = "ohmic"
"""Array whose distances are drawn, without noise."""
DRAWN = {
    "familiar": "familiar",
    "drift": "10 % lost",
    "spread": "5 % spread",
    "column_stuck": "column stuck",
    "column_dead": "column dead",
    "voltages": "0.5 to 0.9 V",
}
"""Parts whose distances are drawn, with their labels."""


def summary_figure(folder: RunFolder) -> bytes:
    """Shares within intervals beside what they should be, and distances: PNG, 1400 x 700.

    Args:
        folder: Finished run of `TrustCalibration`.
    """
    with style():
        figure = Figure(figsize=(7.0, 3.5), facecolor="white", layout="constrained")
        left, right = figure.subplots(1, 2)
        _shares(left, folder.metrics)
        _distances(right, folder)
        return png(figure)


def _shares(axes: Axes, metrics: dict[str, Any]) -> None:
    shares = [100 * share for share in metrics["shares"]]
    axes.plot([0, 100], [0, 100], color=MUTED, linestyle=":", linewidth=1)
    for side in (-5, 5):
        axes.plot([0, 100], [side, 100 + side], color="#e8eaee", linewidth=1)
    colours = scheme_colours(list(metrics["off"]))
    for index, (name, colour) in enumerate(colours.items()):
        tables = [each for array in _arrays(metrics) for each in metrics[array].values()]
        held = [
            [table[name]["within"]["familiar"][f"{share:g}"]["mean"] for share in shares]
            for table in tables
        ]
        for values in held:
            place = [share + index - 0.5 for share in shares]
            axes.plot(place, [100 * value for value in values], "o", markersize=3, color=colour)
        axes.plot([], [], "o", markersize=3, color=colour, label=name)
    axes.set(xlim=(45, 100), ylim=(45, 100), xticks=shares, yticks=shares)
    axes.set_xlabel("nominal share within the interval, %", color=INK)
    axes.set_ylabel("share found on unseen matrices, %")
    axes.legend(frameon=False, loc="lower right")


def _distances(axes: Axes, folder: RunFolder) -> None:
    metrics = folder.metrics
    name, seed = next(iter(metrics["off"])), metrics["seeds"][0]
    shard = folder.read(f"{name}-{ARRAY}-{NOISE_FREE}-seed{seed}")
    edges = np.geomspace(0.2, 200, 61)
    drawn = {part: label for part, label in DRAWN.items() if f"{part}.distance" in shard}
    for part, colour in scheme_colours(list(drawn)).items():
        distance = np.asarray(shard[f"{part}.distance"])
        share = np.histogram(distance.clip(edges[0], edges[-1]), edges)[0] / len(distance)
        axes.stairs(100 * share, edges, color=colour, label=drawn[part], linewidth=1.2)
    axes.axvline(1, color=MUTED, linestyle=":", linewidth=1)
    axes.set(xscale="log", xlim=(edges[0], edges[-1]), ylim=(0, None))
    axes.set_xticks([1, 10, 100], ["1", "10", "100"])
    axes.set_xlabel("distance of a vector, 1 at the limit", color=INK)
    axes.set_ylabel("share of the vectors, %")
    axes.legend(frameon=False, loc="upper right")


def _arrays(metrics: dict[str, Any]) -> list[str]:
    return [name for name, each in metrics.items() if isinstance(each, dict) and NOISE_FREE in each]
