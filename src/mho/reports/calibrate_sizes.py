"""What calibrators trained on small arrays leave of the error of others, as a figure."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mho.studies.runs import RunFolder
from mho.studies.settings import load

from .figures import INK, MUTED, png, scheme_colours, style


def summary_figure(folder: RunFolder) -> bytes:
    """Mean squared error of every calibrator at every size, for each array: a PNG.

    Args:
        folder: Finished run of `CalibrateSizes`.
    """
    study: Any = load(folder.settings_path)
    with style():
        width = 1.5 + 3.5 * len(study.arrays)
        figure = Figure(figsize=(width, 3.6), facecolor="white", layout="constrained")
        every = figure.subplots(1, len(study.arrays), sharey=True, squeeze=False)[0]
        for axes, array in zip(every, study.arrays, strict=True):
            _draw(axes, folder.metrics, array)
        every[0].set_ylabel("mean squared error, (10 uA)^2")
        every[-1].legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        return png(figure)


def _draw(axes: Axes, metrics: dict[str, Any], array: str) -> None:
    sizes = sorted(metrics["sizes"], key=_cells)
    table = metrics[array]
    names = [name for name in table[sizes[0]] if name != "raw"]
    colours = {"raw": MUTED} | scheme_colours(names)
    for name, colour in colours.items():
        errors = [table[size][name]["error"] for size in sizes]
        mean, deviation = ([error[key] for error in errors] for key in ("mean", "std"))
        # A standard deviation down to zero has no place on a logarithmic scale.
        down = [min(d, 0.9 * m) for m, d in zip(mean, deviation, strict=True)]
        axes.errorbar(
            range(len(sizes)),
            mean,
            (down, deviation),
            color=colour,
            marker="o",
            markersize=4,
            capsize=3,
            linewidth=1,
            label=name.replace("_", " "),
        )
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xticks(range(len(sizes)), sizes)
    axes.set_xlabel("rows x columns", color=INK)
    axes.set_title(array.replace("_", " "), fontsize=9)
    axes.grid(axis="y")


def _cells(size: str) -> int:
    rows, cols = size.split("x")
    return int(rows) * int(cols)
