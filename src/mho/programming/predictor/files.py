"""Predictors as files: weights in safetensors, all else in their metadata."""

import json
from dataclasses import asdict
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from mho.core.check import argument_error

from . import encoding as encodings
from .encoding import Encoding
from .identity import DeviceIdentity
from .network import PulseNetwork
from .predictor import Learned

FORMAT = "mho pulse predictor"
VERSION = 1


def save(learned: Learned[Any], path: Path) -> None:
    """Write what a predictor learned.

    Args:
        learned: To write; its network must be a `PulseNetwork`.
        path: File to write.
    """
    if not isinstance(learned.network, PulseNetwork):
        but = f"is {type(learned.network).__name__}"
        raise argument_error("network", "be a PulseNetwork to be saved", but)
    description = {
        "format": FORMAT,
        "version": VERSION,
        "device": learned.device.settings,
        "device_hash": learned.device.hash,
        "sizes": learned.network.sizes,
        "encoding": {"type": type(learned.encoding).__name__} | asdict(learned.encoding),
        "numbers": {name: getattr(learned, name) for name in _NUMBERS},
    }
    save_file(learned.network.state_dict(), path, {"description": json.dumps(description)})


def load(name: str | Path, kind: type[Any]) -> Learned[Any]:
    """What a predictor learned.

    Args:
        name: Name of a predictor that comes along, or path of a file.
        kind: Kind of encoding that the predictor must have.
    """
    if isinstance(name, str) and name in shipped():
        with as_file(_FOLDER / f"{name}{_SUFFIX}") as path:
            return _read(path, kind)
    path = Path(name)
    if not path.is_file():
        known = ", ".join(f"`{each}`" for each in shipped()) or "none"
        raise argument_error(
            "name", f"be a file or a predictor that comes along ({known})", f"is {str(name)!r}"
        )
    return _read(path, kind)


def shipped() -> list[str]:
    """Names of the predictors that come along."""
    if not _FOLDER.is_dir():
        return []
    names = (entry.name for entry in _FOLDER.iterdir())
    return sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX))


def _read(path: Path, kind: type[Any]) -> Learned[Any]:
    try:
        with safe_open(path, framework="pt") as file:
            description = json.loads((file.metadata() or {}).get("description", "{}"))
            weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, json.JSONDecodeError) as error:
        raise argument_error("name", "be a predictor's file", f"{path} is not ({error})") from None
    if description.get("format") != FORMAT:
        raise argument_error("name", "be a predictor's file", f"{path} holds something else")
    if description["version"] != VERSION:
        raise argument_error(
            "name",
            f"be a predictor's file of version {VERSION}",
            f"{path} is of version {description['version']}",
            "Train it again.",
        )
    device = DeviceIdentity(description["device"])
    if device.hash != description["device_hash"]:
        raise argument_error("name", "be as it was saved", f"the device in {path} was changed")
    encoding = _encoding(description["encoding"])
    if not isinstance(encoding, kind):
        but = f"{path} has a {type(encoding).__name__}"
        raise argument_error("name", f"be the file of a predictor with a {kind.__name__}", but)
    network = PulseNetwork(tuple(description["sizes"]), generator=torch.Generator())
    network.load_state_dict(weights)
    return Learned(
        network=network.requires_grad_(False),
        encoding=encoding,
        device=device,
        **description["numbers"],
    )


def _encoding(table: dict[str, object]) -> Encoding:
    kind = getattr(encodings, str(table.pop("type")))
    made: Encoding = kind(**table)
    return made


_NUMBERS = ("set_amplitude", "reset_amplitude", "longest", "low", "high")
_SUFFIX = ".safetensors"
_FOLDER = files("mho.programming.predictor") / "data"
