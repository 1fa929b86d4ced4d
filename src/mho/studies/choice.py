"""Settings objects out of tables: choices by `type`, presets, defaults overridden key by key."""

import difflib
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import (
    ConfigDict,
    GetCoreSchemaHandler,
    Strict,
    TypeAdapter,
    ValidationError,
    WrapValidator,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import no_info_plain_validator_function


class SettingsError(ValueError):
    """Every fault of a study file, one a line."""


class OneOf:
    """Lets a field be any of several dataclasses.

    The annotation is ``Annotated[Device, OneOf(JartTUD, SoftBounds)]``. In TOML the key
    `type` names the class and the other keys are its fields. Without `type` the keys override the
    fields of the default. With `preset` they override those of a preset, and with `file` those of a
    preset in a file, which names its own `type`.

    Args:
        *choices: Dataclasses to choose from.
    """

    def __init__(self, *choices: type) -> None:
        self.choices = choices

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_plain_validator_function(self._build)

    def _build(self, value: Any) -> Any:
        if isinstance(value, self.choices):
            return value
        known = {choice.__name__: choice for choice in self.choices}
        if not isinstance(value, dict):
            remedy = f' Write {{ type = "{value}" }}.' if value in list(known) else ""
            raise _refusal([((), f"must be a table of settings, but is {value!r}.{remedy}")])
        if "file" in value:
            value = _filed(value)
        base = value.get(_BASE)
        implied = [type(base)] if base is not None else self.choices
        if "type" not in value and len(implied) > 1:
            raise _refusal([(("type",), f"must be given, as one of {listed(known)}.")])
        name = value.get("type", implied[0].__name__)
        if name not in list(known):
            raise _refusal([(("type",), not_one_of(name, known))])
        return _instance(known[name], base, value)


def build(cls: type, table: dict[str, Any]) -> Any:
    """Object of a dataclass out of a table, or every fault of the table at once.

    Args:
        cls: Dataclass, whose fields may hold others.
        table: Fields by name, as TOML gives them.
    """
    try:
        return TypeAdapter(Annotated[Any, OneOf(cls)]).validate_python(table)
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, loc)) or cls.__name__}: {message}"
            for loc, message in _faults(error)
        ]
        raise SettingsError("\n".join(lines)) from None


def field_values(instance: Any) -> dict[str, Any]:
    """Fields of a dataclass that its constructor takes.

    Args:
        instance: Object of any dataclass.
    """
    return {f.name: getattr(instance, f.name) for f in fields(instance) if f.init}


def not_one_of(name: Any, known: Iterable[str]) -> str:
    """What is wrong with a name that is none of those known.

    Args:
        name: As it was written.
        known: Names to choose from.
    """
    return f"must be one of {listed(known)}, but is {name!r}.{_nearest(str(name), known)}"


def listed(names: Iterable[str]) -> str:
    """Names in one sentence.

    Args:
        names: Names in any order.
    """
    return ", ".join(f"`{name}`" for name in sorted(names)) or "none"


_Faults = list[tuple[tuple[int | str, ...], str]]
# Key under which a table carries the default that it overrides; no TOML key can equal it.
_BASE: Any = object()


def _instance(cls: type, base: Any, table: dict[str, Any]) -> Any:
    given = {key: value for key, value in table.items() if key not in ("type", "preset", _BASE)}
    faults: _Faults = []
    if "preset" in table:
        base, faults = _preset(cls, table["preset"])
    values = _defaults(cls) if base is None else field_values(base)
    adapters = _adapters(cls)
    for key, value in given.items():
        if key not in adapters:
            faults.append(((key,), f"is no setting of {cls.__name__}. {_hint(key, adapters)}"))
            continue
        try:
            values[key] = adapters[key].validate_python(_over(values.get(key), value))
        except ValidationError as error:
            values[key] = None
            faults += [((key, *loc), message) for loc, message in _faults(error)]
    faults += [((key,), "must be given.") for key in adapters if key not in values]
    if faults:
        raise _refusal(faults)
    return cls(**values)


def _filed(table: dict[Any, Any]) -> dict[Any, Any]:
    """The table of a preset file, overridden by the keys that stand beside `file`."""
    from mho.devices.published import read_preset  # not above: it brings torch along

    path, beside = table["file"], {key: table[key] for key in table.keys() - {"file", _BASE}}
    if "preset" in beside:
        raise _refusal([(("preset",), "must be left out, since `file` is given.")])
    try:
        preset = read_preset(path)
    except OSError as error:
        raise _refusal([(("file",), f"{path} cannot be read ({error.strerror}).")]) from None
    except (TypeError, ValueError) as error:
        raise _refusal([(("file",), str(error))]) from None
    named = preset.get("type")
    if named is None or beside.get("type", named) != named:
        must = "must name a preset file with its `type`" if named is None else f"is of {named}"
        raise _refusal([(("file",), f"{must}, but `type` is {beside.get('type', 'missing')}.")])
    return {key: preset[key] for key in preset.keys() - {"citation"}} | beside


def _preset(cls: Any, name: Any) -> tuple[Any, _Faults]:
    known: list[str] = getattr(cls, "presets", list)()
    if not known:
        return None, [(("preset",), f"must be left out, since {cls.__name__} has no presets.")]
    if name not in known:
        return None, [(("preset",), not_one_of(name, known))]
    return cls.preset(name), []


def _over(base: Any, value: Any) -> Any:
    partial = is_dataclass(base) and isinstance(value, dict) and "type" not in value
    return {**value, _BASE: base} if partial else value


@lru_cache
def _adapters(cls: type) -> dict[str, TypeAdapter[Any]]:
    # Strict: text is no number and 0.5 no integer, whatever pydantic could make of them. Arbitrary
    # types: what `fit` fills in, such as tensors, is a field too, though no TOML can give it.
    config = ConfigDict(strict=True, arbitrary_types_allowed=True)
    hints = get_type_hints(cls, include_extras=True)
    return {
        f.name: TypeAdapter(_choices(hints[f.name]), config=config) for f in fields(cls) if f.init
    }


def _choices(hint: Any) -> Any:
    """The annotation with every dataclass in it read by `OneOf`."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        choice = next((note for note in hint.__metadata__ if isinstance(note, OneOf)), None)
        return Annotated[Any, choice] if choice else hint
    if inspect.isclass(hint) and inspect.isabstract(hint):
        return Annotated[Any, OneOf(*_concrete(hint))]
    if is_dataclass(hint):
        return Annotated[Any, OneOf(hint)]  # type: ignore[arg-type]
    if origin in (Union, UnionType):
        classes = [arg for arg in args if is_dataclass(arg)]
        others = [_choices(arg) for arg in args if arg not in classes]
        if classes:
            others.append(Annotated[Any, OneOf(*classes)])  # type: ignore[arg-type]
        several = not classes and len([arg for arg in args if arg is not NoneType]) > 1
        union: Any = Union[tuple(others)]  # noqa: UP007
        return Annotated[union, WrapValidator(_first_fault)] if several else union
    if origin in (tuple, dict):
        return Annotated[origin[tuple(map(_choices, args))], Strict(False)]
    return hint


def _concrete(cls: type) -> list[type]:
    """Dataclasses that answer an abstract question, however derived."""
    children: list[type] = cls.__subclasses__()
    below = [derived for child in children for derived in _concrete(child)]
    return below if inspect.isabstract(cls) else [cls, *below]


def _first_fault(value: Any, validate: Any) -> Any:
    """One fault for a value that is none of several plain types, instead of one for each."""
    try:
        return validate(value)
    except ValidationError as error:
        message = _message(error.errors()[0])
        raise PydanticCustomError("setting", "{fault}", {"fault": message}) from None


def _defaults(cls: Any) -> dict[str, Any]:
    given = {f.name: f.default for f in fields(cls) if f.init and f.default is not MISSING}
    made = {
        f.name: f.default_factory()
        for f in fields(cls)
        if f.init and f.default_factory is not MISSING
    }
    return given | made


def _refusal(faults: _Faults) -> ValidationError:
    details = [
        InitErrorDetails(
            type=PydanticCustomError("setting", "{fault}", {"fault": message}), loc=loc, input=None
        )
        for loc, message in faults
    ]
    return ValidationError.from_exception_data("settings", details)


def _faults(error: ValidationError) -> _Faults:
    return [(fault["loc"], _message(fault)) for fault in error.errors()]


def _message(fault: Mapping[str, Any]) -> str:
    if fault["type"] == "setting":
        return str(fault["msg"])
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    must = str(fault["msg"]).replace("Input should", "must")
    return f"{must}, but is {fault['input']!r}."


def _hint(key: str, known: Iterable[str]) -> str:
    return _nearest(key, known).strip() or f"Its settings are {listed(known)}."


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean `{near[0]}`?" if near else ""
