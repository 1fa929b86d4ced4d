"""The numbers that an array is made of, by name: as in a study file, such as "cell.law.scale"."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from mho.core.check import argument_error

Settings = TypeVar("Settings")


def numbers(settings: Any) -> dict[str, float]:
    """Every number in settings and in those that they hold, by name.

    Args:
        settings: Any dataclass.
    """
    found: dict[str, float] = {}
    for field in fields(settings):
        value = getattr(settings, field.name)
        if is_dataclass(value):
            found |= {f"{field.name}.{name}": number for name, number in numbers(value).items()}
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[field.name] = float(value)
    return found


def check_known(settings: Any, names: Iterable[str]) -> None:
    """Refuse names that no number in settings has.

    Args:
        settings: Any dataclass.
        names: Of numbers.
    """
    known = numbers(settings)
    for name in names:
        if name not in known:
            must = f"be named after numbers of the array, {', '.join(known)}"
            raise argument_error("parameters", must, f"has {name!r}")


def with_numbers(settings: Settings, values: Mapping[str, float]) -> Settings:
    """The same settings with other numbers.

    Args:
        settings: Any dataclass.
        values: Numbers by name.
    """
    changes: dict[str, Any] = {}
    for first, inner in _by_first(settings, values).items():
        held = getattr(settings, first)
        changes[first] = with_numbers(held, inner) if isinstance(inner, dict) else inner
    return replace(settings, **changes)  # type: ignore[type-var]


def with_unchecked(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """The same settings with anything in place of some numbers.

    Args:
        settings: Any dataclass.
        values: What takes the numbers' place, by name.
    """
    changed = copy.copy(settings)
    for first, inner in _by_first(settings, values).items():
        held = getattr(settings, first)
        value = with_unchecked(held, inner) if isinstance(inner, dict) else inner
        object.__setattr__(changed, first, value)
    return changed


def _by_first(settings: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values, or tables of values, by the first part of their name."""
    table: dict[str, Any] = {}
    check_known(settings, values)
    for name, value in values.items():
        first, _, rest = name.partition(".")
        if rest:
            table.setdefault(first, {})[rest] = value
        else:
            table[first] = value
    return table
