"""Measured pulse trains out of CSV files whose header names columns and units."""

import csv
import math
import re
from pathlib import Path

import numpy as np

from mho.core.check import argument_error, check_number

from .measurement import Measurement

COLUMNS = {
    "time": "s",
    "amplitude": "V",
    "width": "s",
    "conductance": "S",
    "current": "A",
    "read voltage": "V",
}
"""Columns of a table and the units in which they are kept; any SI prefix may stand before them."""
_PREFIXES = {"": 0, "f": -15, "p": -12, "n": -9, "u": -6, "µ": -6, "m": -3, "k": 3, "M": 6, "G": 9}
_OVERFLOW = 9e36  # SCPI instruments answer 9.9e37 for a reading beyond their range
_HEADER = re.compile(r"\s*([A-Za-z][A-Za-z _]*?)\s*\[\s*(\S+)\s*\]\s*")


def read_table(
    path: Path, *, g_min: float | None = None, g_max: float | None = None
) -> Measurement:
    """The pulse train in a CSV file, each row a pulse and what was read after it.

    The first line that does not begin with `#` is the header, such as
    `amplitude [V],width [us],conductance [uS]`. In place of the conductance there may be a current
    with its read voltage. A row without a pulse, its amplitude or width 0, is a read only. An
    empty conductance or current was not read. A column `time` has to rise.

    Args:
        path: CSV file.
        g_min: S. What 0 stands for in a column `conductance [1]`.
        g_max: S. What 1 stands for in a column `conductance [1]`.
    """
    columns, units, lines = _columns(path)
    _check_times(columns, lines)
    shares = units.get("conductance") == "1"
    if shares != (g_max is not None) or shares != (g_min is not None):
        name = "g_max" if g_min is not None or shares == (g_max is None) else "g_min"
        must = "be given for `conductance [1]`, and for no other unit"
        raise argument_error(
            name, must, f"the unit is {units.get('conductance', 'that of current')}"
        )
    conductance = _conductance(columns)
    if g_min is not None and g_max is not None:
        check_number("g_min", g_min, low=0.0)
        check_number("g_max", g_max, low=g_min, above=True)
        conductance = g_min + (g_max - g_min) * conductance
    read_voltage = columns.get("read voltage")
    return in_order(
        columns["amplitude"],
        columns["width"],
        conductance,
        read_voltage=None if read_voltage is None else float(np.nanmedian(read_voltage)),
        source=path.name,
    )


def in_order(
    amplitude: np.ndarray,
    width: np.ndarray,
    conductance: np.ndarray,
    *,
    read_voltage: float | None,
    source: str,
) -> Measurement:
    """A measurement out of rows that are pulses, reads or both.

    The last of several reads after a pulse counts.

    Args:
        amplitude: (rows,), V. 0 for a read only.
        width: (rows,), s. 0 for a read only.
        conductance: (rows,), S. NaN where there was no read.
        read_voltage: V. At which the conductance was read; none if that is not known.
        source: What was measured, and where it is kept.
    """
    pulses = np.flatnonzero((amplitude != 0.0) & (width != 0.0))
    reads = np.full(len(pulses) + 1, np.nan)
    after = np.searchsorted(pulses, np.arange(len(amplitude)), side="right")
    was_read = ~np.isnan(conductance)
    reads[after[was_read]] = conductance[was_read]
    first = int(np.flatnonzero(~np.isnan(reads))[0]) if was_read.any() else 0
    return Measurement(
        amplitude=amplitude[pulses][first:],
        width=width[pulses][first:],
        conductance=reads[first:],
        read_voltage=read_voltage,
        source=source,
    )


def _columns(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str], list[int]]:
    """Columns in units without prefix, their units, and the line of each row."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise argument_error("path", "name a table in UTF-8", f"{path} is none") from None
    numbered = [
        (number, [field.strip() for field in next(csv.reader([line]))])
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.startswith("#")
    ]
    if not numbered:
        raise argument_error("path", "name a table with a header", f"{path} is empty")
    names, units, scales = zip(*(_column(field) for field in numbered[0][1]), strict=True)
    _check_names(names)
    rows = [_row(names, number, fields) for number, fields in numbered[1:]]
    values = np.array(rows, dtype=float).reshape(-1, len(names)) * np.array(scales)
    columns = {name: values[:, index] for index, name in enumerate(names)}
    return columns, dict(zip(names, units, strict=True)), [number for number, _ in numbered[1:]]


def _column(field: str) -> tuple[str, str, float]:
    match = _HEADER.fullmatch(field)
    if match is None:
        must = "name columns with their units, such as amplitude [V],width [us],conductance [uS]"
        raise argument_error("header", must, f"holds {field!r}")
    name, unit = match[1].lower().replace("_", " "), match[2]
    if name not in COLUMNS:
        raise argument_error("header", f"name columns out of {', '.join(COLUMNS)}", f"has {name!r}")
    if (name, unit) == ("conductance", "1"):
        return name, unit, 1.0
    prefix = unit.removesuffix(COLUMNS[name])
    if not unit.endswith(COLUMNS[name]) or prefix not in _PREFIXES:
        must = f"give `{name}` in {COLUMNS[name]}, with or without an SI prefix"
        raise argument_error("header", must, f"the unit is {unit}")
    return name, unit, float(f"1e{_PREFIXES[prefix]}")


def _check_names(names: tuple[str, ...]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise argument_error("header", "name each column once", f"has `{twice[0]}` twice")
    missing = [name for name in ("amplitude", "width") if name not in names]
    if "current" in names and "read voltage" not in names:
        missing.append("read voltage")
    if missing:
        raise argument_error("header", f"have a column `{missing[0]}`", "has none")
    if ("conductance" in names) == ("current" in names):
        but = "has both" if "current" in names else "has neither"
        raise argument_error("header", "have either `conductance` or `current`", but)


def _row(names: tuple[str, ...], number: int, fields: list[str]) -> list[float]:
    if len(fields) != len(names):
        must = f"have {len(names)} fields in each row"
        raise argument_error("table", must, f"has {len(fields)} in line {number}")
    return [_value(name, number, text) for name, text in zip(names, fields, strict=True)]


def _value(name: str, number: int, text: str) -> float:
    if not text and name in ("conductance", "current"):
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        remedy = "Leave the field empty if the cell was not read."
        must = "hold finite numbers"
        raise argument_error(name, must, f"is {text or 'empty'!r} in line {number}", remedy)
    if abs(value) > _OVERFLOW:
        but = f"is {text} in line {number}, which instruments answer for an overflow"
        remedy = "Measure with a wider range, or leave the field of a saturated read empty."
        raise argument_error(name, "be a reading", but, remedy)
    return value


def _check_times(columns: dict[str, np.ndarray], lines: list[int]) -> None:
    time = columns.get("time", np.arange(len(lines)))
    falls = np.flatnonzero(np.diff(time) <= 0)
    if len(falls):
        but = f"does not in line {lines[falls[0] + 1]}"
        raise argument_error("time", "rise from row to row", but, "Sort the rows by time.")
    negative = np.flatnonzero(columns["width"] < 0)
    if len(negative):
        raise argument_error("width", "be at least 0", f"is less in line {lines[negative[0]]}")


def _conductance(columns: dict[str, np.ndarray]) -> np.ndarray:
    if "conductance" in columns:
        return columns["conductance"]
    if not columns["read voltage"].all():
        raise argument_error("read voltage", "not be 0", "is 0 in a row")
    conductance: np.ndarray = columns["current"] / columns["read voltage"]
    return conductance
