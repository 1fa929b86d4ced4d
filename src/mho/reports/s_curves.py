"""Switching curves of many short pulses, as a figure."""

import tomllib

import numpy as np
from matplotlib.figure import Figure

from mho.core.units import si
from mho.studies.runs import RunFolder

from .figures import INK, MUTED, png, scheme_colours, style

_NOISE_FREE = "without noise"


def summary_figure(folder: RunFolder) -> bytes:
    """Conductance over the number of pulses, SET and then RESET: a PNG of 1200 x 700.

    Args:
        folder: Finished run of `SCurves`.
    """
    settings = tomllib.loads(folder.settings_path.read_text(encoding="utf-8"))
    seed, pulses = settings["seeds"][0], settings["pulses"]
    curves, quiet = (folder.read(name)["conductance"] for name in (f"seed{seed}", "noise_free"))
    pulse = settings["stored"] * np.arange(len(curves))
    label = f"{curves.shape[1]} cells with noise"
    colours = scheme_colours([label, _NOISE_FREE])
    with style():
        figure = Figure(figsize=(6.0, 3.5), facecolor="white", layout="constrained")
        axes = figure.add_subplot()
        lines = axes.plot(pulse, 1e6 * curves, color=colours[label], linewidth=0.8, alpha=0.7)
        lines[0].set_label(label)
        axes.plot(pulse, 1e6 * quiet, color=INK, linewidth=1.4, label=_NOISE_FREE)
        axes.axvline(pulses, color=MUTED, linestyle=":", linewidth=1)
        axes.set_xlabel(
            f"pulses of {si(settings['width'], 's')}: {pulses} SET, then {pulses} RESET"
        )
        axes.set_ylabel("conductance, uS")
        axes.set(xlim=(0, 2 * pulses), ylim=(0, None))
        axes.legend(frameon=False, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2)
        return png(figure)
