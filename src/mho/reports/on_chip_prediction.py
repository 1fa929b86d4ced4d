"""Delay, accuracy and reach of predicted amplitudes over the targets, as a figure."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mho.studies.runs import RunFolder
from mho.studies.settings import load

from .figures import MUTED, png, scheme_colours, style


def summary_figure(folder: RunFolder) -> bytes:
    """Delay of every scheme, and where a single RESET leads, over the targets: 1800 x 700.

    Args:
        folder: Finished run of `OnChipPrediction`.
    """
    study: Any = load(folder.settings_path)
    shards = [folder.read(f"seed{seed}") for seed in study.seeds]
    target = 1e6 * np.linspace(study.low, study.high, study.targets)
    colours = scheme_colours(study.schemes)
    with style():
        figure = Figure(figsize=(9.0, 3.5), facecolor="white", layout="constrained")
        left, middle, right = figure.subplots(1, 3)
        for scheme in study.schemes:
            pulses = np.concatenate([shard[scheme][0, 0] for shard in shards], 1)
            arrived = np.concatenate([shard[scheme][0, 3] for shard in shards], 1) > 0
            mean = np.where(arrived, pulses, 0).sum(1) / arrived.sum(1).clip(1)
            microseconds = 1e6 * study.delay(mean)
            left.plot(target, microseconds, color=colours[scheme], label=_label(scheme))
        left.set(yscale="log", ylabel=f"delay to {100 * study.tolerances[0]:g} %, us")
        left.yaxis.set_major_formatter("{x:g}")
        left.legend(frameon=False, fontsize=7)
        error = 100 * np.concatenate([shard["one_pulse_error"] for shard in shards], 1)
        _draw_error(middle, target, error, colours["predicted"])
        for index, tolerance in enumerate(study.tolerances):
            share = 100 * np.mean([shard["reachable"][index] for shard in shards], 0)
            dashes = "-" if index == 0 else ":"
            label = f"within {100 * tolerance:g} %"
            right.plot(target, share, color=MUTED, linestyle=dashes, label=label)
        top = 1e6 * np.quantile([shard["top"] for shard in shards], [0.05, 0.95])
        right.axvspan(*top, color=colours["predicted"], alpha=0.2, label="where a SET leads")
        right.set(ylim=(0, 102), ylabel="cells that some one RESET brings there, %")
        right.legend(frameon=False, loc="lower left", bbox_to_anchor=(0.0, 0.05))
        for axes in (left, middle, right):
            axes.set_xlabel("target, uS")
        return png(figure)


def _draw_error(axes: Axes, target: np.ndarray, error: np.ndarray, colour: str) -> None:
    low, median, high = np.quantile(error, [0.05, 0.5, 0.95], axis=1)
    axes.fill_between(
        target, low, high, color=colour, alpha=0.2, linewidth=0, label="90 % of cells"
    )
    axes.plot(target, median, color=colour, label="median")
    axes.set(ylim=(0, None), ylabel="error of one predicted RESET, %")
    axes.legend(frameon=False)


def _label(scheme: str) -> str:
    step = scheme.removeprefix("stairs_")
    return scheme if step == scheme else f"staircase of {step} mV"
