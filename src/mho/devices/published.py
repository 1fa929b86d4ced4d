"""Presets: the parameters of a published device, in a file named after model and paper."""

import re
import tomllib
from importlib import resources
from typing import Any, Self

from mho.core.check import argument_error

_FOLDER = resources.files(__package__) / "presets"


class Published:
    """A device whose published parameters can be loaded by name."""

    @classmethod
    def presets(cls) -> list[str]:
        """Names of the presets of this device."""
        stem = _stem(cls)
        names = (entry.name for entry in _FOLDER.iterdir())
        return sorted(
            name[len(stem) : -len(".toml")]
            for name in names
            if name.startswith(stem) and name.endswith(".toml")
        )

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Self:
        """The device with published parameters.

        Args:
            name: One of `presets()`.
            **changes: Fields to set otherwise than the publication.
        """
        from pydantic import TypeAdapter

        parameters = _table(cls, name) | changes
        del parameters["citation"]
        return TypeAdapter(cls).validate_python(parameters)

    @classmethod
    def citation(cls, name: str) -> str:
        """Where the parameters of a preset were published.

        Args:
            name: One of `presets()`.
        """
        return str(_table(cls, name)["citation"])


def _table(cls: type[Published], name: str) -> dict[str, Any]:
    if name not in cls.presets():
        known = ", ".join(cls.presets())
        raise argument_error(
            "name", f"be a preset of {cls.__name__}", f"is {name!r}", f"Known: {known}."
        )
    return tomllib.loads((_FOLDER / f"{_stem(cls)}{name}.toml").read_text())


def _stem(cls: type) -> str:
    """JartTUD -> jart_tud_, SoftBounds -> soft_bounds_."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower() + "_"
