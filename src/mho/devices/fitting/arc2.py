"""Measured pulse trains out of the HDF5 files of ArC TWO instruments."""

import re
from pathlib import Path

import numpy as np

from mho.core.check import argument_error

from .measurement import Measurement
from .table import in_order

_READ, _PULSE = 0b01, 0b10


def read_arc2(path: Path, *, crosspoint: str | None = None) -> Measurement:
    """The history of one cell in a file of ArC TWO Control.

    The group `crosspoints` holds a group such as `W05B07` for each cell, word line and bit line,
    and therein the table `timeseries` with current, voltage, pulse width, read voltage and kind of
    operation. A file of many cells needs the name of one.

    Args:
        path: HDF5 file.
        crosspoint: Name of the cell; it may be left out if there is one only.
    """
    import h5py

    if not h5py.is_hdf5(path):
        raise argument_error("path", "name an HDF5 file", f"{path} is none")
    with h5py.File(path) as file:
        cells = sorted(file["crosspoints"]) if "crosspoints" in file else []
        cells = [cell for cell in cells if re.fullmatch(r"W\d+B\d+", cell)]
        name = cells[0] if crosspoint is None and len(cells) == 1 else crosspoint
        if name not in cells:
            known = ", ".join(cells) or "none"
            but = "is not given" if crosspoint is None else f"is {crosspoint}"
            raise argument_error("crosspoint", "name a cell of the file", but, f"It has {known}.")
        table = file["crosspoints"][name].get("timeseries")
        if table is None:
            raise argument_error("path", "hold the history of a cell", f"{name} has no timeseries")
        # The table is longer than what was written: NROWS says how much of it counts.
        rows = table[: table.attrs["NROWS"]]
    return _measurement(rows, f"{path.name}, cell {name}")


def _measurement(rows: np.ndarray, source: str) -> Measurement:
    pulsed, was_read = ((rows["op_type"] & kind) > 0 for kind in (_PULSE, _READ))
    current, voltage = (rows[name].astype(float) for name in ("current", "read_voltage"))
    reads = np.full(len(rows), np.nan)
    np.divide(current, voltage, out=reads, where=was_read)
    unread = np.flatnonzero(was_read & ~np.isfinite(reads))
    if len(unread):
        but = f"is not in row {unread[0]} of {source}"
        raise argument_error("current", "be finite, at a read voltage other than 0", but)
    return in_order(
        np.where(pulsed, rows["voltage"].astype(float), 0.0),
        np.where(pulsed, rows["pulse_width"].astype(float), 0.0),
        reads,
        read_voltage=float(np.median(np.abs(voltage[was_read]))) if was_read.any() else None,
        source=source,
    )
