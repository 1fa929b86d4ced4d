"""How close pulses land as cells tell of themselves, as a figure."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mho.studies.runs import RunFolder
from mho.studies.settings import load

from .figures import MUTED, png, scheme_colours, style

LABELS = {
    "never": "never learns on",
    "keeping": "keeps all it learned",
    "forgetting": "forgets",
}


def summary_figure(folder: RunFolder) -> bytes:
    """Mean relative error over the pulses that a cell has had: a PNG of 1200 x 700.

    Args:
        folder: Finished run of `AdaptPredictor`.
    """
    study: Any = load(folder.settings_path)
    shards = [folder.read(f"seed{seed}") for seed in study.seeds]
    colours = scheme_colours(list(LABELS))
    with style():
        figure = Figure(figsize=(6.0, 3.5), facecolor="white", layout="constrained")
        axes = figure.add_subplot()
        for scheme, label in LABELS.items():
            every = 100 * np.stack([shard[scheme] for shard in shards])
            whole = every[:, : every.shape[1] // study.window * study.window]
            error = whole.reshape(len(shards), -1, study.window).mean(2)
            pulses = study.window * (np.arange(error.shape[1]) + 0.5)
            low, mean, high = error.min(0), error.mean(0), error.max(0)
            axes.fill_between(pulses, low, high, color=colours[scheme], alpha=0.2, linewidth=0)
            axes.plot(pulses, mean, color=colours[scheme], label=label)
        own = 100 * folder.metrics["own"]["mean"]
        axes.axhline(own, color=MUTED, linestyle=":", label="trained on the single cell")
        axes.set(xlim=(0, None), ylim=(0, None), xlabel="pulses that the cell has had")
        axes.set_ylabel("mean relative error of one pulse, %")
        axes.legend(frameon=False, loc="lower left", fontsize=7.5)
        return png(figure)
