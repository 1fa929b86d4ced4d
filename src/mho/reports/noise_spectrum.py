"""Spectra of read noise, measured and simulated, as a figure."""

from matplotlib.figure import Figure

from mho.core.units import si
from mho.studies.runs import RunFolder

from .figures import INK, png, scheme_colours, style


def summary_figure(folder: RunFolder) -> bytes:
    """Spectral density over frequency of every cell: a PNG.

    Args:
        folder: Finished run of `NoiseSpectrum`.
    """
    cells = folder.metrics
    with style():
        figure = Figure(figsize=(6.0, 3.8), facecolor="white", layout="constrained")
        axes = figure.add_subplot()
        for name, colour in scheme_colours(list(cells)).items():
            stored = folder.read(name)
            label = si(cells[name]["conductance"], "S")
            axes.plot(stored["frequency"], stored["measured"], "o", ms=3, color=colour, label=label)
            axes.plot(stored["frequency"], stored["simulated"], color=colour, linewidth=1)
        axes.set(xscale="log", yscale="log", ylabel="spectral density over G squared, 1/Hz")
        axes.set_xlabel("frequency, Hz", color=INK)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter("{x:g}")
        axes.set_title("read noise of five cells: dots measured, lines simulated", fontsize=8.5)
        axes.legend(frameon=False)
        return png(figure)
