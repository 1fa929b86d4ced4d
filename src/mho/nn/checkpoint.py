"""What a layer's checkpoint keeps beside tensors, in words and numbers that any version loads."""

from dataclasses import fields, is_dataclass
from importlib import import_module
from typing import Any

from torch import Tensor, nn

from .tile import Tile

_FREE = ("writer", "noise_seed")  # a checkpoint holds what was written, whatever wrote it


def settings(tile: Tile) -> dict[str, str]:
    """Settings of a tile in words, without those that a checkpoint does not depend on.

    Args:
        tile: What a layer is made of.
    """
    return {f.name: _described(getattr(tile, f.name)) for f in fields(tile) if f.name not in _FREE}


def differences(stored: dict[str, str], own: dict[str, str]) -> str:
    """In what two tiles differ, in words; nothing if they do not.

    Args:
        stored: Settings of the checkpoint.
        own: Settings of the layer that loads it.
    """
    names = [name for name in stored | own if stored.get(name) != own.get(name)]
    return "; ".join(
        f"`{name}` is {stored.get(name)} there, {own.get(name)} here" for name in names
    )


def fitted(value: Any) -> Any:
    """A converter or a repair as a table of tensors, numbers and names.

    Args:
        value: Dataclass, or what is none and stays as it is.
    """
    if not is_dataclass(value) or isinstance(value, type):
        return value
    table = {f.name: fitted(getattr(value, f.name)) for f in fields(value) if f.init}
    return {"type": f"{type(value).__module__}:{type(value).__name__}"} | table


def restored(value: Any) -> Any:
    """Inverse of `fitted`.

    Args:
        value: What `fitted` answered.
    """
    if not isinstance(value, dict) or "type" not in value:
        return value
    module, name = value["type"].split(":")
    kept = {key: restored(each) for key, each in value.items() if key != "type"}
    return getattr(import_module(module), name)(**kept)


def _described(value: Any) -> str:
    if is_dataclass(value) and not isinstance(value, type):
        inner = (f"{f.name}={_described(getattr(value, f.name))}" for f in fields(value) if f.init)
        return f"{type(value).__name__}({', '.join(inner)})"
    if isinstance(value, Tensor):
        return f"Tensor{tuple(value.shape)} of sum {value.double().sum().item():.6g}"
    if isinstance(value, tuple):
        return f"({', '.join(map(_described, value))})"
    return type(value).__name__ if isinstance(value, nn.Module) else repr(value)
