"""A measured pulse train beside what the fitted device predicts, as a figure."""

from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mho.core.units import si
from mho.devices.fitting import Fit

from .figures import INK, MUTED, png, scheme_colours, style


def picture(fit: Fit) -> bytes:
    """Reads, predictions and deviations over the pulses: a PNG of 1400 x 1000.

    Args:
        fit: What was fitted.
    """
    train = fit.measurement
    pulses = np.arange(1, len(train.amplitude) + 1)
    colours = scheme_colours(["read", "predicted"])
    with style():
        figure = Figure(figsize=(7.0, 5.0), facecolor="white", layout="constrained")
        reads, residuals = figure.subplots(2, sharex=True, height_ratios=(2, 1))
        reads.plot(
            pulses, train.conductance[1:], ".", markersize=3, color=colours["read"], label="read"
        )
        reads.plot(
            pulses,
            fit.prediction.mean,
            color=colours["predicted"],
            linewidth=1,
            label=f"{fit.attempts[0].candidate.name}, from the reads before",
        )
        reads.yaxis.set_major_formatter(lambda value, _: si(value, "S"))
        reads.set_ylabel("conductance")
        reads.legend(frameon=False)
        residuals.plot(pulses, fit.prediction.deviation, ".", markersize=3, color=INK)
        residuals.axhline(0, color=MUTED, linewidth=0.8)
        residuals.set(xlabel="pulse (shaded: held out of the choice)", ylabel="deviation, sigma")
        for axes in (reads, residuals):
            _shade(axes, train.held_out)
        return png(figure)


def _shade(axes: Axes, held_out: np.ndarray) -> None:
    edges = np.flatnonzero(np.diff(np.r_[False, held_out, False])) + 0.5
    for begin, end in list(pairwise(edges))[::2]:
        axes.axvspan(begin, end, color=MUTED, alpha=0.12, linewidth=0)
