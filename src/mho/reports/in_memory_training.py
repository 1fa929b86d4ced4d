"""Training curves of weights in cells, rule by rule, as a figure."""

from matplotlib.figure import Figure

from mho.studies.runs import RunFolder

from .figures import INK, png, scheme_colours, style

_DIGITAL = "digital"


def summary_figure(folder: RunFolder) -> bytes:
    """Accuracy after every epoch, as in figs. 6(e) and 6(f) of the publication: 1200 x 700.

    Args:
        folder: Finished run of `InMemoryTraining`.
    """
    curves = folder.metrics["curve"]
    spreads = {name: each["std"] for name, each in folder.metrics["accuracy"].items()}
    rules = [name for name in curves if name != _DIGITAL]
    colours = scheme_colours(rules)
    with style():
        figure = Figure(figsize=(6.0, 3.5), facecolor="white", layout="constrained")
        axes = figure.add_subplot()
        for name in rules:
            epochs = range(len(curves[name]))
            label = f"{name.replace('_', ' ')}: {curves[name][-1]:.1f} %"
            axes.plot(epochs, curves[name], color=colours[name], linewidth=1.4, label=label)
            ends = epochs[-1], curves[name][-1], spreads[name]
            axes.errorbar(*ends, color=colours[name], capsize=2, linewidth=1)
        if _DIGITAL in curves:
            digital = curves[_DIGITAL]
            label = f"{_DIGITAL}: {digital[-1]:.1f} %"
            axes.plot(range(len(digital)), digital, color=INK, linestyle="--", label=label)
        axes.set(xlabel="epochs", ylabel="accuracy, %", xlim=(0, None), ylim=(None, 100))
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=7)
        return png(figure)
