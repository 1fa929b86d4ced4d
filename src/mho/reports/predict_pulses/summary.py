"""All figures in one picture, laid out as in the paper."""

from matplotlib.figure import Figure

from mho.reports.figures import INK, png, style
from mho.studies.runs import RunFolder

from .data import PredictionData
from .drawings import (
    TUNED,
    UNTUNED,
    draw_by_start,
    draw_histogram,
    draw_history,
    draw_surface,
    draw_verified,
    histories,
    legend_above,
)

_MAPS = {"saved_by_g": (0, 2), "noise_free": (0, 3), "fine_tuned_smoothed": (1, 2), "ours": (1, 3)}


def summary_figure(folder: RunFolder) -> bytes:
    """Errors of one pulse before and after fine-tuning, write and verify: a PNG of 2400 x 1640.

    Args:
        folder: Finished run of `PredictPulses`.
    """
    data = PredictionData.of(folder)
    with style():
        figure = Figure(figsize=(12.0, 8.2), facecolor="white", layout="constrained")
        axes = figure.subplots(3, 4)
        for row, names in enumerate((UNTUNED, TUNED)):
            draw_by_start(axes[row, 0], data, names)
            draw_histogram(axes[row, 1], data, names)
            legend_above(axes[row, 0])
        for name, place in _MAPS.items():
            if name in data.schemes:
                image = draw_surface(axes[place], data, name)
                axes[place].set_title(data.schemes[name].label, fontsize=8.5, color=INK)
                figure.colorbar(image, ax=axes[place], label="%", format="{x:g}")
            else:
                axes[place].axis("off")
        draw_verified(axes[2, 0], data)
        legend_above(axes[2, 0])
        last = list(data.schemes)[-1]
        for number, each in enumerate(axes[2, 1:]):
            if number < histories(data):
                draw_history(each, data, last, number)
                each.set_title(data.schemes[last].label, fontsize=8.5, color=INK)
            else:
                each.axis("off")
        return png(figure)
