"""Studies as TOML: the one place where text becomes settings and settings become text."""

import tomllib
from collections.abc import Sequence
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import tomli_w

from .choice import OneOf as OneOf
from .choice import SettingsError as SettingsError
from .choice import build, field_values, listed, not_one_of
from .registry import STUDIES, study_class
from .study import Study


def load(path: Path, overrides: Sequence[str] = ()) -> Study:
    """The study that a TOML file describes.

    The key `study` names the class, and the other keys are its fields.

    Args:
        path: TOML file.
        overrides: Settings that replace those of the file, such as "crossbar.row_resistance=2.0".
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: is not a text file in UTF-8.") from None
    return loads(text, overrides, source=str(path))


def loads(text: str, overrides: Sequence[str] = (), *, source: str = "TOML") -> Study:
    """The study that TOML text describes.

    Args:
        text: TOML.
        overrides: Settings that replace those of the text.
        source: Where the text is from, for errors.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{source}: is not TOML. {error}.") from None
    for override in overrides:
        _override(table, override)
    name = table.pop("study", None)
    if name is None:
        raise SettingsError(f"study: must be given, as one of {listed(STUDIES)}.")
    if name not in list(STUDIES):
        raise SettingsError(f"study: {not_one_of(name, STUDIES)}")
    study: Study = build(study_class(name), table)
    return study


def dump(study: Study) -> str:
    """TOML with every field of a study, such that `loads(dump(study)) == study`.

    Args:
        study: Settings to write.
    """
    # Read back before it is returned: 1 and 1.0 in a float field are one setting, so one text.
    again = build(type(study), tomllib.loads(_text(study)))
    changed = [
        f"{key}: cannot be written as TOML and read back."
        for key, value in field_values(study).items()
        if getattr(again, key) != value
    ]
    if changed:
        raise SettingsError("\n".join(changed))
    return f'study = "{type(study).__name__}"\n' + _text(again)


def _text(study: Study) -> str:
    table = {key: _table(value) for key, value in field_values(study).items() if value is not None}
    return tomli_w.dumps(table)


def _table(value: Any) -> Any:
    if is_dataclass(value):
        written = {key: _table(v) for key, v in field_values(value).items() if v is not None}
        return {"type": type(value).__name__} | written
    if isinstance(value, dict):
        return {key: _table(v) for key, v in value.items()}
    if isinstance(value, tuple):
        return [_table(v) for v in value]
    return value


def _override(table: dict[str, Any], override: str) -> None:
    path, equals, text = override.partition("=")
    *parents, last = (part.strip() for part in path.split("."))
    if not equals or not last:
        raise SettingsError(f"{override}: must read key=value, such as crossbar.row_resistance=2.")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    for parent in parents:
        table = table.setdefault(parent, {})
        if not isinstance(table, dict):
            raise SettingsError(f"{path}: must lead through tables, but `{parent}` is none.")
    table[last] = value
