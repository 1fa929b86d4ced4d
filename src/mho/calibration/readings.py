"""Measured currents as files: what a calibrator is applied to, and what it gives."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from mho.core.check import argument_error

SUFFIXES = (".npz", ".safetensors")
"""What a file of readings may end in."""


@dataclass(frozen=True, kw_only=True)
class Readings:
    """Currents of an array, with what it was programmed to and what it is.

    Args:
        current: (..., vectors, cols), A. Currents of the columns.
        conductance: (..., rows, cols), S. Conductances that were programmed.
        array: The array with all its settings, as it prints itself.
    """

    current: Tensor
    conductance: Tensor
    array: str

    @classmethod
    def load(cls, path: str | Path) -> "Readings":
        """Readings out of a file of NumPy or of safetensors.

        `array` is a text among the arrays of the first, and stands in the metadata of the second.

        Args:
            path: File that ends in `.npz` or `.safetensors`.
        """
        path = _checked(path)
        try:
            stored = _from_numpy(path) if path.suffix == ".npz" else _from_safetensors(path)
        except (SafetensorError, ValueError, EOFError) as error:
            but = f"{path} is not ({error})"
            raise argument_error("path", "be a file of readings", but) from None
        missing = [name for name in ("current", "conductance", "array") if name not in stored]
        if missing:
            must = "hold `current`, `conductance` and the text `array`"
            but = f"{path} has no `{missing[0]}`"
            remedy = "`array` is the `repr` of the crossbar that the currents came from."
            raise argument_error("path", must, but, remedy)
        return cls(**{name: stored[name] for name in ("current", "conductance", "array")})

    def save(self, path: str | Path) -> None:
        """Write the readings.

        Args:
            path: File that ends in `.npz` or `.safetensors`.
        """
        path = _checked(path)
        tensors = {"current": self.current, "conductance": self.conductance}
        if path.suffix == ".npz":
            numbers: dict[str, Any] = {name: each.numpy() for name, each in tensors.items()}
            np.savez_compressed(path, array=np.array(self.array), **numbers)
        else:
            whole = {name: each.contiguous() for name, each in tensors.items()}
            save_file(whole, path, {"array": self.array})


def _checked(path: str | Path) -> Path:
    if Path(path).suffix not in SUFFIXES:
        raise argument_error("path", f"end in {' or '.join(SUFFIXES)}", f"is {path}")
    return Path(path)


def _from_numpy(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as file:
        stored = {name: file[name] for name in file.files}
    return {
        name: str(each) if each.dtype.kind == "U" else torch.from_numpy(each)
        for name, each in stored.items()
    }


def _from_safetensors(path: Path) -> dict[str, Any]:
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return {**(file.metadata() or {}), **tensors}
