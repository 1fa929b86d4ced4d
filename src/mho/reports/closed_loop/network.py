"""Stages one and two: the network as it was trained, and as conductances."""

from itertools import pairwise

import numpy as np

from mho.reports.figures import BARE, INK, MAP, MUTED, add_scale, draw_map, panel, shown

from .data import LoopData


def parts(data: LoopData) -> dict[str, str]:
    """Figures by name.

    Args:
        data: Finished run.
    """
    return {
        "digit": _digit(data),
        "network": _network(data),
        "votes": _votes(data),
        "weights": _weights(data),
        "targets": _targets(data),
    }


def _digit(data: LoopData) -> str:
    figure, axes = panel(2.6, 2.6, BARE)
    draw_map(axes, data.pictures["image"], "gray_r", 0.0, 1.0)
    axes.set(xticks=[], yticks=[], aspect="equal")
    label, shows = int(data.pictures["label"]), data.words
    return shown(figure, f"Picture of class {label}", f"The first test picture: {shows.of(label)}.")


def _network(data: LoopData) -> str:
    hidden, pixels = len(data.pictures["weight"]), data.pictures["image"].size
    outputs = len(data.pictures["digital_output"])
    figure, axes = panel(2.6, 2.6, BARE)
    layers = {f"{pixels}\npixels": 9, f"{hidden}\nin first layer": 7, f"{outputs}\noutputs": 5}
    points = [np.linspace(0.5 - 0.06 * n, 0.5 + 0.06 * n, n) for n in layers.values()]
    for x, (left, right) in enumerate(pairwise(points)):
        ends = np.array(np.meshgrid(left, right)).reshape(2, -1)
        axes.plot([x, x + 1], ends, color=MUTED, linewidth=0.35, alpha=0.6)
    for x, (ys, label) in enumerate(zip(points, layers, strict=True)):
        axes.scatter(np.full(len(ys), x), ys, s=46, color=MUTED, edgecolor=INK, zorder=3)
        axes.text(x, -0.13, label, ha="center", va="top", linespacing=1.2)
    axes.set(xlim=(-0.35, 2.35), ylim=(-0.42, 1.08))
    axes.axis("off")
    alt = f"Network of {pixels} pixels, {hidden} neurons in the first layer, {outputs} outputs"
    caption = "Every line is a weight, only a few of them drawn. Memristors will hold the weights."
    return shown(figure, alt, caption)


def _votes(data: LoopData) -> str:
    figure, axes = panel(2.8, 2.6)
    output = data.pictures["digital_output"]
    winner = int(output.argmax())
    colours = [INK if number == winner else MUTED for number in range(len(output))]
    axes.bar(range(len(output)), output, color=colours, width=0.7)
    axes.axhline(0, color=MUTED, linewidth=0.7)
    if len(output) <= 10:
        axes.set_xticks(range(len(output)))
    axes.set(xlabel=data.words.one, ylabel="output")
    alt = f"Outputs of the digital network; that of {data.words.one} {winner} is the largest"
    verdict = "right" if winner == data.pictures["label"] else "wrong"
    return shown(figure, alt, f"The digital network votes for {winner}, which is {verdict}.")


def _weights(data: LoopData) -> str:
    weight = data.pictures["weight"]
    height, width = weight.shape[1:]
    rows, cols, gap = 2, 4, 2
    sheet = np.full((rows * (height + gap) - gap, cols * (width + gap) - gap), np.nan)
    for index, neuron in enumerate(weight[: rows * cols]):
        top, left = index // cols * (height + gap), index % cols * (width + gap)
        sheet[top : top + height, left : left + width] = neuron
    figure, axes = panel(3.5, 1.6, (0.05, 0.1, 0.72, 0.1))
    largest = float(np.abs(weight).max())
    image = draw_map(axes, sheet, "PuOr", -largest, largest)
    axes.set(xticks=[], yticks=[], aspect="equal")
    add_scale(figure, axes, image, "weight")
    alt = f"Weights of the first {min(len(weight), rows * cols)} neurons as images"
    caption = (
        "The weights of some neurons of the first layer, each pixel's where the pixel is: what they"
        " look for."
    )
    return shown(figure, alt, caption)


def _targets(data: LoopData) -> str:
    figure, axes = panel(3.5, 2.5, MAP)
    mapping = data.settings["mapping"]
    low, high = 1e6 * mapping["g_min"], 1e6 * mapping["g_max"]
    image = draw_map(axes, 1e6 * data.of_cells("target"), "cividis", low, high)
    axes.set(xlabel="column", ylabel="row")
    add_scale(figure, axes, image, "target, µS")
    alt = f"Map of the target conductances of one tile, {low:g} to {high:g} microsiemens"
    caption = (
        "Target conductances of one tile in microsiemens (µS). In every pair of columns at least"
        " one cell stays at the lower end."
    )
    return shown(figure, alt, caption)
