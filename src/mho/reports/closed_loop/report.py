"""The page: one HTML file that needs nothing but itself."""

from html import escape
from importlib import resources
from shlex import quote
from string import Template
from typing import Any

import numpy as np

from mho.reports.figures import style
from mho.studies.runs import RunFolder

from . import network, overview, programming, reading
from .data import LoopData


def page(folder: RunFolder) -> str:
    """The report as HTML.

    Args:
        folder: Finished run of `ClosedLoop`.
    """
    data = LoopData.of(folder)
    with style():
        parts = overview.parts(data) | network.parts(data)
        parts |= programming.parts(data) | reading.parts(data)
    parts |= _sizes(data) | {
        "style": _file("mho.reports", "report.css"),
        "commands": escape("\n".join(_commands(data))),
        "settings": escape(folder.settings_path.read_text(encoding="utf-8")),
        "made": _made(data, folder.about),
        "spread": _spread(data.settings["device"]),
        "cells_before": _before(data.settings.get("history")),
        "drawn": _drawn(data.settings.get("sample")),
    }
    return Template(_file(__package__, "page.html")).substitute(parts)


def _sizes(data: LoopData) -> dict[str, str]:
    """Numbers and names that the texts mention."""
    settings, mapping = data.settings, data.settings["mapping"]
    wires, dac, adc = settings["crossbar"], settings["dac"]["bits"], settings["adc"]["bits"]
    return {
        "pixels": f"{data.pictures['image'].size}",
        "one": data.words.one,
        "slices": _slices(settings["slicing"]),
        "products": f"{data.metrics['multiplications']['arrays']:,}",
        "repairs": f"{data.metrics['multiplications']['calibration']:,}",
        "hidden": f"{data.pictures['units']}",
        "outputs": f"{len(data.pictures['digital_output'])}",
        "g_min": f"{1e6 * mapping['g_min']:g} µS (microsiemens)",
        "g_max": f"{1e6 * mapping['g_max']:g} µS",
        "rows": f"{settings['rows']}",
        "cols": f"{settings['cols']}",
        "tiles": f"{data.metrics['tiles']}",
        "cells": f"{data.metrics['cells']:,}",
        "device": f"<code>{escape(settings['device']['type'])}</code>",
        "row_resistance": _ohms(wires["row_resistance"]),
        "column_resistance": _ohms(wires["column_resistance"]),
        "dac_bits": f"{dac}",
        "dac_levels": f"{2**dac:,}",
        "adc_bits": f"{adc}",
        "adc_levels": f"{2**adc:,}",
        "converted": _converted(data),
        "access": _access(wires["cell"]),
        "noise": _noise(settings.get("noise", [])),
        "no_noise": "" if settings.get("noise") else ", and noise of the read-out",
        "folding": f"{100 * data.metrics['folding_error']:.2g} %",
    }


def _access(cell: dict[str, Any]) -> str:
    if cell["type"] != "Cell1T1R":
        return ""
    gates = np.asarray(cell["gate_voltage"])
    volts = f"{gates.min():g} V" if gates.min() == gates.max() else "their own voltages"
    return (
        " Every cell has a transistor in series, which takes a part of the voltage too; the gates"
        f" are at {volts}."
    )


def _converted(data: LoopData) -> str:
    if data.converted == "column":
        return "each column's current"
    return "each pair's current, that of one column less that of the other,"


def _noise(sources: list[dict[str, Any]]) -> str:
    if not sources:
        return ""
    names = " and ".join(f"<code>{escape(source['type'])}</code>" for source in sources)
    return f" Noise comes first, new in every reading: {names}."


def _ohms(resistance: float | list[Any]) -> str:
    low, high = np.min(resistance), np.max(resistance)
    return f"{low:g} Ω" if low == high else f"{low:g} to {high:g} Ω"


def _commands(data: LoopData) -> list[str]:
    settings, mapping = data.settings, data.settings["mapping"]
    wires, bits = settings["crossbar"]["row_resistance"], settings["adc"]["bits"]
    other = "ColumnGain" if settings["calibrator"]["type"] == "Identity" else "Identity"
    low, high = 0.9 * mapping["g_min"], 1.1 * mapping["g_max"]
    changes = {
        "Thinner wires": f"crossbar.row_resistance={2 * np.max(wires) or 1:g}",
        "A coarser converter": f"adc.bits={max(bits - 2, 1)}",
        "Another calibration, or none": f'calibrator={{type="{other}"}}',
        "Another device": f'device={{type="SoftBounds", low={low:g}, high={high:g}}}',
        "One more scheme": 'schemes.same_pulses={programmer={type="ConstantPulse"}, max_pulses=20}',
    }
    if settings["slicing"]["type"] != "Whole":
        changes["One pair of cells for a weight"] = 'slicing={type="Whole"}'
    kinds = {scheme["programmer"]["type"] for scheme in settings["schemes"].values()}
    if "TrainedPredictor" in kinds:  # it knows one device only
        del changes["Another device"]
    return [f"# {why}\nmho run study.toml --set {quote(how)}" for why, how in changes.items()]


def _made(data: LoopData, about: dict[str, Any]) -> str:
    seeds = ", ".join(map(str, data.metrics["seeds"]))
    packages = ("mho", "python", "torch", "numpy", "numba")
    versions = ", ".join(f"{name} {about[name]}" for name in packages)
    return (
        f"<code>mho run study.toml</code> with seeds {seeds}, begun {escape(about['created'])}, by"
        f" {escape(versions)}. Figures are drawn from the stored arrays of the run. The same seed"
        " gives the same cells and the same noise."
    )


def _before(history: dict[str, Any] | None) -> str:
    if history is None:
        return "Fresh cells"
    if history["type"] == "InUse":
        return "Cells in use, which hold other conductances from before,"
    return f"Cells that were switched back and forth {history['cycles']} times before"


def _drawn(sample: int | None) -> str:
    if sample is None:
        return ""
    return (
        f" The network is large, so {sample:,} cells are simulated for each scheme, and what all"
        " others reach is drawn from the error that is fitted to these."
    )


def _slices(slicing: dict[str, Any]) -> str:
    kind = slicing["type"]
    if kind in ("ResidualSlices", "ResidualThroughWires") and slicing["slices"] > 1:
        text = (
            f" Each weight has {slicing['slices']} such pairs. The second is programmed to what the"
            f" first missed, {slicing['gain']:g} times enlarged, and so on; what it reads counts as"
            " much less. So the errors of programming shrink from pair to pair."
        )
        if kind == "ResidualThroughWires":
            text += (
                " What a pair holds is read back through the wires, so that the next one makes up"
                " for these as well. Without the wires that they are written for, the cells are"
                " wrong: the accuracy of the stage before the wires is not that of programming."
            )
        return text
    if kind == "BitSlices":
        return (
            f" Each weight has {slicing['slices']} such pairs, one for each of its digits of"
            f" {slicing['bits']} bits."
        )
    return ""


def _spread(device: dict[str, Any]) -> str:
    if "device_spread" in device:
        return "Any differences from cell to cell other than <code>device.device_spread</code>."
    return (
        "Differences from cell to cell: all are made alike, since the settings give no"
        " <code>device.device_spread</code>."
    )


def _file(package: str, name: str) -> str:
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")
