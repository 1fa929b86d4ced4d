"""What a predictor loses on arrays, stage by stage, as a figure."""

from typing import Any

from matplotlib.figure import Figure

from mho.studies.predictor_on_array import STAGES
from mho.studies.runs import RunFolder

from .figures import INK, MUTED, png, scheme_colours, style


def summary_figure(folder: RunFolder) -> bytes:
    """Error at every stage, and over the resolution of the weights: a PNG of 1600 x 700.

    Args:
        folder: Finished run of `PredictorOnArray`.
    """
    metrics = folder.metrics
    with style():
        figure = Figure(figsize=(8.0, 3.5), facecolor="white", layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1.3, 1))
        _stages(left, metrics)
        _resolutions(right, metrics)
        return png(figure)


def _stages(axes: Any, metrics: dict[str, Any]) -> None:
    errors = [metrics[f"error_{stage}"] for stage in STAGES]
    mean, std = ([100 * error[key] for error in errors] for key in ("mean", "std"))
    places = range(len(STAGES))
    colour = scheme_colours(["error"])["error"]
    axes.barh(places, mean, xerr=std, color=colour, height=0.6, error_kw={"ecolor": INK})
    axes.set_yticks(places, STAGES.values())
    axes.invert_yaxis()
    axes.set_xlabel("mean relative error of one pulse, %", color=INK)


def _resolutions(axes: Any, metrics: dict[str, Any]) -> None:
    errors = metrics["error_at_bits"]
    mean, std = ([100 * error[key] for error in errors.values()] for key in ("mean", "std"))
    colour = scheme_colours(["error"])["error"]
    axes.errorbar(
        [int(bits) for bits in errors], mean, std, marker="o", markersize=4, capsize=3, color=colour
    )
    digital = 100 * metrics["error_digital"]["mean"]
    axes.axhline(digital, color=MUTED, linestyle=":", linewidth=1)
    axes.annotate("digital", (min(map(int, errors)), digital), color=MUTED, va="top")
    axes.set(ylim=(0, None))
    axes.set_xlabel("bits of a weight", color=INK)
    axes.set_ylabel("mean relative error of one pulse, %")
