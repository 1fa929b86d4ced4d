"""Measured data that is too large to ship, found in the folder that MHO_DATA names."""

import os
from pathlib import Path

import numpy as np


def measured(name: str, source: str) -> dict[str, np.ndarray]:
    """Arrays of a file of measured data.

    Args:
        name: Name of the file, in NumPy's format `.npz`.
        source: What the file holds and where it is from, for the error where it is missing.
    """
    with np.load(measured_file(name, source)) as file:
        return dict(file)


def measured_file(name: str, source: str) -> Path:
    """Where a file of measured data is.

    Args:
        name: Name of the file.
        source: What the file holds and where it is from, for the error where it is missing.
    """
    root = os.environ.get("MHO_DATA")
    path = None if root is None else Path(root) / name
    if path is None or not path.is_file():
        place = "MHO_DATA names no folder" if root is None else f"{root} does not hold it"
        raise FileNotFoundError(
            f"{name} is needed, but {place}. It holds {source}."
            " Set MHO_DATA to the folder that holds it."
        )
    return path
