"""Stages four to six: what wires, converters and calibration make of the currents."""

from html import escape

import numpy as np

from mho.reports.figures import (
    GRID,
    INK,
    MAP,
    MUTED,
    add_scale,
    density,
    draw_density,
    draw_map,
    panel,
    shown,
)

from .data import LoopData
from .overview import chip


def parts(data: LoopData) -> dict[str, str]:
    """Figures and texts by name.

    Args:
        data: Finished run.
    """
    has_gain = data.settings["calibrator"]["type"] == "ColumnGain"
    raw, calibrated = _currents(data)
    return {
        "voltages": _voltages(data),
        "voltage_along_rows": _voltage_along_rows(data),
        "raw_currents": raw,
        "calibrated_currents": calibrated,
        "calibration": f"<p>{_calibration(data)}</p>",
        "gains": _gains(data) if has_gain else "",
        "sample_outputs": _sample_outputs(data),
    }


def _voltages(data: LoopData) -> str:
    figure, axes = panel(3.5, 2.7, MAP)
    full = 1e3 * data.settings["read_voltage"]
    image = draw_map(axes, 1e3 * data.of_cells("cell_voltage"), "viridis", 0.0, full)
    axes.set(xlabel="column, sensed at the bottom", ylabel="row, driven from the left")
    add_scale(figure, axes, image, "across the cell, mV")
    alt = "Map of the voltage that the wires leave across each cell of one tile"
    caption = (
        f"What is left of {full:g} mV across each cell when all rows are driven with it, the"
        f" hardest case. Cells of {chip(data, data.pictured_scheme)}."
    )
    return shown(figure, alt, caption)


def _voltage_along_rows(data: LoopData) -> str:
    figure, axes = panel(3.5, 2.7)
    voltage = 1e3 * data.of_cells("cell_voltage")
    full = 1e3 * data.settings["read_voltage"]
    axes.axhline(full, color=INK, linewidth=0.9, linestyle=(0, (5, 3)))
    last = len(voltage) - 1
    colour = data.colours[data.pictured_scheme]
    for label, row, dashes in (
        ("top row", 0, ":"),
        ("middle row", last // 2, "--"),
        ("bottom row", last, "-"),
    ):
        axes.plot(voltage[row], color=colour, linewidth=1.4, linestyle=dashes, label=label)
    axes.set(xlabel="column", ylabel="across the cell, mV", ylim=(0, 1.08 * full))
    axes.grid(axis="y")
    axes.legend(frameon=False, loc="lower left")
    alt = "Voltage across the cells along the top, the middle and the bottom row"
    caption = "The same along three rows. Perfect wires would leave the dashed line."
    return shown(figure, alt, caption)


def _currents(data: LoopData) -> tuple[str, str]:
    """Currents against what they should be, before and after calibration, on one scale."""
    keys = ("ideal_current", "raw_current", "calibrated_current")
    ideal, *measured = (1e3 * data.pictures[key].ravel() for key in keys)
    currents = np.concatenate([ideal, *measured])
    limits = (min(0.0, 1.03 * float(currents.min())), 1.03 * float(currents.max()))
    counts = [density(ideal, current, limits) for current in measured]
    most = max(float(c.max()) for c in counts)
    colour = data.colours[data.pictured_scheme]
    figures, vectors = [], len(data.pictures["ideal_current"])
    for when, cloud in zip(("before", "after"), counts, strict=True):
        figure, axes = panel(3.5, 2.9)
        draw_density(axes, cloud, limits, colour, most)
        axes.set(xlabel="ideal current, mA", ylabel=f"current {when} calibration, mA")
        alt = f"{data.converted.capitalize()} currents {when} calibration against ideal currents"
        caption = (
            f"Currents of all {data.converted}s of one tile for {vectors} images, {when}"
            " calibration. Cells of {chip(data, data.pictured_scheme)}."
        )
        figures.append(shown(figure, alt, caption))
    return figures[0], figures[1]


def _calibration(data: LoopData) -> str:
    images = data.settings["calibration_images"]
    calibrator = data.settings["calibrator"]["type"]
    if calibrator == "Identity":
        return "This run leaves the currents as they were measured, so nothing changes here."
    if calibrator == "ColumnGain":
        return (
            f"What the wires lose depends little on the image: a {data.converted} reads too little"
            f" by much the same factor every time. So {images:,} images whose ideal currents are"
            f" known are read once, and each {data.converted} gets the one gain that fits them"
            " best. From then on its current is multiplied by that gain: one number per"
            f" {data.converted}, with no change to a cell."
        )
    return (
        f"The calibrator <code>{escape(calibrator)}</code> was fitted to each tile with"
        f" {images:,} images whose ideal currents are known, and corrects the currents from then"
        " on."
    )


def _gains(data: LoopData) -> str:
    figure, axes = panel(3.5, 2.9)
    raw, calibrated = data.pictures["raw_current"], data.pictures["calibrated_current"]
    columns = np.flatnonzero(np.abs(raw).max(0) > 0)
    # The ratio is the same for every vector; the largest current has the least rounding in it.
    peaks = np.abs(raw).argmax(0)[columns], columns
    colour = data.colours[data.pictured_scheme]
    axes.axhline(1, color=INK, linewidth=0.9, linestyle=(0, (5, 3)))
    axes.plot(columns, calibrated[peaks] / raw[peaks], color=colour, linewidth=1.4)
    axes.set(xlabel=data.converted, ylabel="gain", ylim=(0, None))
    axes.grid(axis="y")
    alt = f"Gain of each {data.converted} of one tile"
    caption = f"The gain of each {data.converted}. A gain of one, dashed, would change nothing."
    return shown(figure, alt, caption)


def _sample_outputs(data: LoopData) -> str:
    figure, axes = panel(3.5, 2.9)
    colour = data.colours[data.pictured_scheme]
    digital, raw, calibrated = (
        data.pictures[f"{name}_output"] for name in ("digital", "raw", "calibrated")
    )
    places = np.arange(len(digital))
    axes.bar(places, digital, width=0.8, color=GRID, label="digital")
    axes.plot(places, raw, "o", markersize=5, mfc="none", mec=colour, label="before calibration")
    axes.plot(places, calibrated, "o", markersize=5, color=colour, label="after calibration")
    axes.axhline(0, color=MUTED, linewidth=0.7)
    if len(places) <= 10:
        axes.set_xticks(places)
    axes.set(xlabel=data.words.one, ylabel="output")
    axes.legend(frameon=False, fontsize="small", loc="best")
    alt = "Outputs for the sample picture: digital, before and after calibration"
    caption = (
        f"The outputs for the first test picture. Largest: {digital.argmax()} digital,"
        f" {raw.argmax()} before and {calibrated.argmax()} after calibration."
    )
    return shown(figure, alt, caption)
