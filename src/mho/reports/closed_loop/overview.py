"""The answer at a glance: accuracy at every stage, and what programming cost."""

from html import escape
from typing import Any

import numpy as np

from mho.core.units import si
from mho.reports.figures import INK, panel, shown

from .data import LoopData

STAGES = ("digital", "mapped", "programmed", "wires", "converters", "calibrated")
"""The stages in their order; from the third on they depend on the scheme."""


def parts(data: LoopData) -> dict[str, str]:
    """Figure, tables and texts by name.

    Args:
        data: Finished run.
    """
    scores = {f"{stage}_score": _score(data, stage) for stage in STAGES}
    return scores | {
        "answer": _answer(data),
        "accuracies": _accuracies(data),
        "accuracy_table": _accuracy_table(data),
        "programming_table": _programming_table(data),
    }


def chip(data: LoopData, name: str) -> str:
    """Name of a scheme behind a dot of its colour, as HTML.

    Args:
        data: Finished run.
        name: The scheme.
    """
    dot = f'<i style="background:{data.colours[name]}"></i>'
    return f'<span class="chip">{dot}<code>{escape(name)}</code></span>'


def _answer(data: LoopData) -> str:
    digital = data.accuracy["digital"]
    last = {name: data.accuracy[name]["calibrated"] for name in data.schemes}
    kept = ", ".join(
        f"{_spread(last[name], data.has_spread)}&nbsp;% with {chip(data, name)}" for name in last
    )
    return (
        f"On a computer the network reads {digital:.2f} % of {data.metrics['images']:,}"
        f" {data.words.many} right. On simulated memristors, at the end of all six stages, it reads"
        f" {kept}."
    )


def _accuracies(data: LoopData) -> str:
    figure, axes = panel(4.3, 3.1, (0.6, 0.75, 0.1, 0.1))
    axes.axhline(data.accuracy["digital"], color=INK, linewidth=0.9, linestyle=(0, (5, 3)))
    places = np.arange(len(STAGES))
    for index, (name, colour) in enumerate(data.colours.items()):
        stages = data.accuracy[name]
        shifted = places + 0.09 * (index - (len(data.colours) - 1) / 2)
        means = [data.accuracy[s] for s in STAGES[:2]] + [stages[s]["mean"] for s in STAGES[2:]]
        axes.plot(shifted, means, color=colour, linewidth=1.4, marker="o", markersize=4.5)
        if data.has_spread:
            spread = [stages[s]["std"] for s in STAGES[2:]]
            axes.errorbar(
                shifted[2:], means[2:], spread, color=colour, fmt="none", capsize=3, linewidth=1.1
            )
    axes.set_xticks(places, STAGES, rotation=28, ha="right", rotation_mode="anchor")
    axes.set_ylabel("test pictures read right, %")
    axes.grid(axis="y")
    axes.margins(y=0.12)
    bars = f" Bars: standard deviation over {len(data.metrics['seeds'])} seeds, each with other"
    caption = "Accuracy at each stage. Dashed: the digital network. The axis does not begin at 0."
    if data.has_spread:
        caption += f"{bars} cells and other noise."
    schemes = " ".join(chip(data, name) for name in data.schemes)
    alt = "Accuracy at each of the six stages, by scheme; the table below has the numbers"
    return shown(figure, alt, f"{schemes}<br>{caption}")


def _accuracy_table(data: LoopData) -> str:
    head = "".join(f'<th scope="col" colspan="2">{chip(data, name)}</th>' for name in data.schemes)
    subhead = "<th>accuracy, %</th><th>loss</th>" * len(data.schemes)
    rows = []
    for stage in STAGES:
        cells = "".join(
            f"<td>{_spread(value, data.has_spread)}</td><td>{_spread(loss, data.has_spread)}</td>"
            for value, loss in (_at(data, name, stage) for name in data.schemes)
        )
        rows.append(f'<tr><th scope="row">{stage}</th>{cells}</tr>')
    caption = "Accuracy, and loss against the digital network in percentage points"
    if data.has_spread:
        caption += ", mean ± standard deviation"
    return (
        f'<table><caption>{caption}</caption><thead><tr><th scope="col" rowspan="2">stage</th>'
        f"{head}</tr><tr>{subhead}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _programming_table(data: LoopData) -> str:
    rows = [
        f'<tr><th scope="row">{chip(data, name)}</th><td>{cost["pulses"]:.2f}</td>'
        f"<td>{_micro(si(cost['time'], 's'))}</td><td>{_micro(si(cost['energy'], 'J'))}</td>"
        f"<td>{100 * cost['error']:.2f} %</td><td>{100 * cost['within_tolerance']:.2f} %"
        f" within {100 * cost['tolerance']:g} %</td></tr>"
        for name, cost in data.metrics["programming"].items()
    ]
    columns = ("pulses", "pulse time", "energy", "mean relative error", "cells within tolerance")
    head = "".join(f'<th scope="col">{column}</th>' for column in ("scheme", *columns))
    return (
        "<table><caption>What programming took, on average per cell, and how well it hit"
        f"</caption><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _score(data: LoopData, stage: str) -> str:
    """Accuracy and loss of one stage, as a list."""
    if stage == STAGES[0]:
        items = [f"<strong>{data.accuracy['digital']:.2f} %</strong> read right"]
    elif stage == STAGES[1]:
        loss = data.metrics["loss"]["mapped"]
        items = [f"<strong>{data.accuracy['mapped']:.2f} %</strong> read right, loss {loss:.2f}"]
    else:
        items = [
            f"{chip(data, name)} <strong>{_spread(value, data.has_spread)} %</strong>, loss"
            f" {_spread(loss, data.has_spread)}"
            for name, (value, loss) in ((n, _at(data, n, stage)) for n in data.schemes)
        ]
    return f'<ul class="score">{"".join(f"<li>{item}</li>" for item in items)}</ul>'


def _at(data: LoopData, name: str, stage: str) -> tuple[Any, Any]:
    """Accuracy and loss of a scheme at a stage; the first two stages know no scheme."""
    loss = data.metrics["loss"]
    if stage in STAGES[:2]:
        return data.accuracy[stage], loss.get(stage, 0.0)
    return data.accuracy[name][stage], loss[name][stage]


def _spread(value: Any, has_spread: bool) -> str:
    if not isinstance(value, dict):
        return number(value)
    mean = number(value["mean"])
    return f"{mean}\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{value['std']:.2f}" if has_spread else mean


def number(value: float) -> str:
    """A percentage with two digits.

    Args:
        value: Per cent.
    """
    # No "-0.00" for a loss that is none, and a minus as long as the plus.
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def _micro(quantity: str) -> str:
    return quantity.replace(" u", " µ")
