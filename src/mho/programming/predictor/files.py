"""Predictors as files: weights in safetensors, all else in their metadata."""

import json
from dataclasses import asdict, fields
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from mho.core.check import argument_error

from . import encoding as encodings
from .identity import DeviceIdentity
from .landing import LandingNetwork
from .learned import Learned
from .learner import Knowledge
from .network import HistoryNetwork, PulseNetwork

Kind = TypeVar("Kind", bound=Knowledge)

FORMAT = "mho pulse predictor"
VERSION = 1


def save(learned: Knowledge, path: Path) -> None:
    """Write what a predictor learned.

    Args:
        learned: To write; its network must be a `PulseNetwork`.
        path: File to write.
    """
    kind = type(learned.network).__name__
    if kind not in _NETWORKS:
        known = " or ".join(_NETWORKS)
        raise argument_error("network", f"be a {known} to be saved", f"is {kind}")
    modules = torch.nn.ModuleDict({"network": learned.network})
    if isinstance(learned, Learned) and learned.landing is not None:
        modules["landing"] = learned.landing
    encoding = learned.encoding
    description = {
        "format": FORMAT,
        "version": VERSION,
        "kind": type(learned).__name__,
        "device": learned.device.settings,
        "device_hash": learned.device.hash,
        "modules": {
            name: {"type": type(module).__name__, "settings": module.settings}
            for name, module in modules.items()
        },
        "encoding": {"type": type(encoding).__name__} | asdict(encoding),
        "numbers": {name: getattr(learned, name) for name in _numbers(type(learned))},
    }
    save_file(modules.state_dict(), path, {"description": json.dumps(description)})


def load(name: str | Path, kind: type[Kind]) -> Kind:
    """What a predictor learned.

    Args:
        name: Name of a predictor that comes along, or path of a file.
        kind: What the predictor takes.
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


def _read(path: Path, kind: type[Kind]) -> Kind:
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
    if description["kind"] != kind.__name__:
        raise argument_error(
            "name", f"be the file of a {kind.__name__}", f"{path} is of a {description['kind']}"
        )
    device = DeviceIdentity(description["device"])
    if device.hash != description["device_hash"]:
        raise argument_error("name", "be as it was saved", f"the device in {path} was changed")
    modules = torch.nn.ModuleDict(
        {name: _module(table) for name, table in description["modules"].items()}
    )
    modules.load_state_dict(weights)
    made: dict[str, Any] = dict(modules.requires_grad_(False).items())
    return kind(
        **made,
        encoding=_encoding(description["encoding"]),
        device=device,
        **description["numbers"],
    )


def _module(table: dict[str, Any]) -> torch.nn.Module:
    settings = dict(table["settings"])
    kind, sizes = (_NETWORKS | _LANDINGS)[table["type"]], tuple(settings.pop("sizes"))
    made: torch.nn.Module = kind(sizes, **settings, generator=torch.Generator())
    return made


def _encoding(table: dict[str, object]) -> Any:
    kind = getattr(encodings, str(table.pop("type")))
    return kind(**table)


def _numbers(kind: type[Knowledge]) -> list[str]:
    return [field.name for field in fields(kind) if field.type in (float, int)]


_NETWORKS: dict[str, Any] = {kind.__name__: kind for kind in (PulseNetwork, HistoryNetwork)}
_LANDINGS: dict[str, Any] = {LandingNetwork.__name__: LandingNetwork}
_SUFFIX = ".safetensors"
_FOLDER = files("mho.programming.predictor") / "data"
