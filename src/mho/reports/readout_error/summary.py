"""The readout error in one picture, for a page about the package."""

from matplotlib.figure import Figure

from mho.reports.figures import INK, add_scale, png, style
from mho.studies.runs import RunFolder

from .data import arrays_of
from .drawings import draw_currents, draw_loss, draw_missing_wave, draw_wave


def summary_figure(folder: RunFolder) -> bytes:
    """Currents, cells and waveforms of the first array: a PNG of 1400 x 1040.

    Args:
        folder: Finished run of `ReadoutError`.
    """
    array = arrays_of(folder)[0]
    with style():
        figure = Figure(figsize=(7.0, 5.2), facecolor="white")
        titles = ("random vectors", "current that a cell loses", "a sinusoid", "what it lacks")
        places = ((0.075, 0.6), (0.56, 0.6), (0.075, 0.095), (0.56, 0.095))
        axes = [figure.add_axes((*place, 0.34, 0.335)) for place in places]
        for each, title in zip(axes, titles, strict=True):
            each.set_title(title, fontsize=9, fontweight="bold", color=INK)
        draw_currents(axes[0], array)
        add_scale(figure, axes[1], draw_loss(axes[1], array), "%")
        draw_wave(axes[2], array)
        draw_missing_wave(axes[3], array)
        return png(figure)
