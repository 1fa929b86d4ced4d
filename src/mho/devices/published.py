"""Presets: the parameters of a published device, in a file named after model and paper."""

import re
import tomllib
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any, Self, TypeVar

from mho.core.check import argument_error

_FOLDER = resources.files(__package__) / "presets"


Parameters = TypeVar("Parameters")


class Published:
    """A dataclass whose published parameters can be loaded by name, and others from a file."""

    @classmethod
    def presets(cls) -> list[str]:
        """Names of the presets of this class."""
        stem = _stem(cls)
        names = (entry.name for entry in _FOLDER.iterdir())
        return sorted(
            name[len(stem) : -len(".toml")]
            for name in names
            if name.startswith(stem) and name.endswith(".toml")
        )

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Self:
        """The object with published parameters.

        Args:
            name: One of `presets()`.
            **changes: Fields to set otherwise than the publication.
        """
        return _instance(cls, _table(cls, name) | changes)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """The object whose parameters a file holds.

        Args:
            path: TOML file, as `save` writes it.
        """
        table = read_preset(path)
        if table.get("type", cls.__name__) != cls.__name__:
            remedy = f"Load it with {table['type']}.load."
            must = f"hold the parameters of {cls.__name__}"
            raise argument_error("path", must, f"{path} is of {table['type']}", remedy)
        return _instance(cls, table)

    def save(self, path: Path | str, *, citation: str) -> None:
        """Write the parameters into a file.

        Args:
            path: TOML file to write.
            citation: Where they are from.
        """
        import tomli_w

        head = {"type": type(self).__name__, "citation": citation}
        table = head | asdict(self)  # type: ignore[call-overload]
        Path(path).write_text(tomli_w.dumps(table), encoding="utf-8")

    @classmethod
    def citation(cls, name: str) -> str:
        """Where the parameters of a preset were published.

        Args:
            name: One of `presets()`.
        """
        return str(_table(cls, name)["citation"])


def read_preset(path: Path | str) -> dict[str, Any]:
    """Parameters, `type` and `citation` out of a preset file.

    Args:
        path: TOML file.
    """
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise argument_error("path", "name a preset in TOML", f"{path} is none: {error}") from None


def _table(cls: type[Published], name: str) -> dict[str, Any]:
    if name not in cls.presets():
        known = ", ".join(cls.presets())
        raise argument_error(
            "name", f"be a preset of {cls.__name__}", f"is {name!r}", f"Known: {known}."
        )
    return tomllib.loads((_FOLDER / f"{_stem(cls)}{name}.toml").read_text())


def _instance(cls: type[Parameters], table: dict[str, Any]) -> Parameters:
    from pydantic import TypeAdapter

    parameters = {key: table[key] for key in table.keys() - {"citation", "type"}}
    return TypeAdapter(cls).validate_python(parameters)


def _stem(cls: type) -> str:
    """JartTUD -> jart_tud_, SoftBounds -> soft_bounds_."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower() + "_"
