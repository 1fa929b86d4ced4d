"""Calibrators as files: what was fitted in safetensors, all else in their metadata.

A file tells which array it was fitted to, and is refused for another.
"""

import hashlib
import importlib
import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from mho.core.check import argument_error
from mho.core.difference import difference

from .calibrator import Calibrator

FORMAT = "mho calibrator"
VERSION = 1


def save_calibrator(
    calibrator: Calibrator, path: str | Path, *, array: object, conductance: Tensor | None = None
) -> None:
    """Write a fitted calibrator.

    Args:
        calibrator: To write.
        path: File to write.
        array: What the currents came from, such as a `Crossbar`: a value that prints all of its
            settings.
        conductance: (..., rows, cols), S. What the array held, where the calibrator is fitted to
            that matrix alone.
    """
    if not calibrator.fitted:
        raise argument_error("calibrator", "be fitted to be saved", "is not", "Call its `fit`.")
    tensors: dict[str, Tensor] = {}
    description = {
        "format": FORMAT,
        "version": VERSION,
        "calibrator": _taken_apart(calibrator, "calibrator", tensors),
        "array": describe(array),
        "matrix": None if conductance is None else _fingerprint(conductance),
    }
    save_file(tensors, path, {"description": json.dumps(description)})


def load_calibrator(
    path: str | Path, *, array: object, conductance: Tensor | None = None
) -> Calibrator:
    """A calibrator out of a file, for the array that it was fitted to.

    Args:
        path: File that `save_calibrator` wrote.
        array: What the currents come from, or its description.
        conductance: (..., rows, cols), S. What the array holds. A calibrator of one matrix asks
            for it.
    """
    description, tensors = _read(Path(path))
    fitted, found = description["array"], describe(array)
    if found != fitted:
        must = "be the array that the calibrator was fitted to"
        raise argument_error("array", must, f"has {difference(found, fitted)}", _OTHER)
    matrix = description["matrix"]
    if matrix is not None and (conductance is None or _fingerprint(conductance) != matrix):
        must = "be the matrix that the calibrator was fitted to, and no other"
        but = "is not given" if conductance is None else "is another"
        raise argument_error("conductance", must, but, _OTHER)
    calibrator: Calibrator = _put_together(description["calibrator"], tensors)
    return calibrator


def describe(array: object) -> str:
    """An array with all its settings, as text.

    Args:
        array: A value that prints all of its settings, or such a text.
    """
    return array if isinstance(array, str) else repr(array)


def array_of(path: str | Path) -> str:
    """Description of the array that a stored calibrator was fitted to.

    Args:
        path: File that `save_calibrator` wrote.
    """
    return str(_read(Path(path))[0]["array"])


_OTHER = "Fit a calibrator to this one."


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    must = "be the file of a calibrator"
    try:
        with safe_open(path, framework="pt") as file:
            description = json.loads((file.metadata() or {}).get("description", "{}"))
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, json.JSONDecodeError) as error:
        raise argument_error("path", must, f"{path} is not ({error})") from None
    if description.get("format") != FORMAT:
        raise argument_error("path", must, f"{path} holds something else")
    if description["version"] != VERSION:
        but = f"{path} is of version {description['version']}"
        raise argument_error("path", f"{must} of version {VERSION}", but, "Fit it again.")
    return description, tensors


def _taken_apart(value: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    """A value as JSON; its tensors go under names that tell where they belong."""
    if isinstance(value, Tensor):
        tensors[name] = value.detach().contiguous()
        return {_TENSOR: name}
    if is_dataclass(value):
        kind = type(value)
        settings = {
            field.name: _taken_apart(getattr(value, field.name), f"{name}.{field.name}", tensors)
            for field in fields(value)
            if field.init
        }
        return {_KIND: f"{kind.__module__}:{kind.__qualname__}", "settings": settings}
    if isinstance(value, tuple):
        parts = enumerate(value)
        return {_TUPLE: [_taken_apart(part, f"{name}.{i}", tensors) for i, part in parts]}
    if isinstance(value, dict):
        items = value.items()
        return {_TABLE: {key: _taken_apart(v, f"{name}.{key}", tensors) for key, v in items}}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    but = f"is of {type(value).__name__}"
    raise argument_error(name, "be a number, text, tensor or dataclass to be saved", but)


def _put_together(value: Any, tensors: dict[str, Tensor]) -> Any:
    if not isinstance(value, dict):
        return value
    if _TENSOR in value:
        return tensors[value[_TENSOR]]
    if _TUPLE in value:
        return tuple(_put_together(part, tensors) for part in value[_TUPLE])
    if _TABLE in value:
        return {key: _put_together(part, tensors) for key, part in value[_TABLE].items()}
    settings = {key: _put_together(part, tensors) for key, part in value["settings"].items()}
    return _kind(value[_KIND])(**settings)


def _kind(name: str) -> Any:
    """A dataclass of this package by the name under which it was saved."""
    module, _, names = name.partition(":")
    if module.partition(".")[0] != __name__.partition(".")[0]:
        raise argument_error("path", "hold what this package defines", f"holds {name}")
    kind: Any = importlib.import_module(module)
    for part in names.split("."):
        kind = getattr(kind, part, None)
    if not is_dataclass(kind):
        but = f"asks for {name}, which it does not"
        raise argument_error("path", "hold what this package defines", but)
    return kind


def _fingerprint(conductance: Tensor) -> str:
    numbers = conductance.detach().to(torch.float32).contiguous()
    digest = hashlib.sha256(f"{tuple(numbers.shape)} ".encode())
    digest.update(numbers.numpy().tobytes())
    return digest.hexdigest()[:16]


_TENSOR, _KIND, _TUPLE, _TABLE = "tensor", "kind", "tuple", "table"
