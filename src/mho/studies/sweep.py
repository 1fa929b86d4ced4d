"""One study at many settings."""

import itertools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .settings import SettingsError, load
from .study import Study


@dataclass(frozen=True)
class Combination:
    """One of the settings of a sweep.

    Args:
        changes: What was chosen for each swept setting, by its path.
        study: The study with these settings.
    """

    changes: dict[str, Any]
    study: Study


def combinations(
    path: Path, over: Sequence[str], overrides: Sequence[str] = ()
) -> list[Combination]:
    """Every combination of the values that some settings of a study are to take.

    All of them are built before any is run, so that none is refused after hours.

    Args:
        path: TOML file of the study.
        over: Settings with their values, such as "crossbar.row_resistance=[0.0, 1.0]"; the last
            one changes fastest.
        overrides: Settings that are replaced in all of them, such as "seeds=[0]".
    """
    axes = [_axis(text) for text in over]
    names = [name for name, _ in axes]
    found = []
    for values in itertools.product(*(values for _, values in axes)):
        changes = dict(zip(names, values, strict=True))
        replaced = [f"{name}={_toml(value)}" for name, value in changes.items()]
        try:
            study = load(path, [*overrides, *replaced])
        except SettingsError as error:
            raise SettingsError(f"{', '.join(replaced)}: {error}") from None
        found.append(Combination(changes, study))
    return found


def figures(metrics: dict[str, Any], prefix: str = "") -> dict[str, float]:
    """Every single number in a run's metrics, by its path.

    Args:
        metrics: Metrics of the run.
        prefix: What each path begins with.
    """
    found: dict[str, float] = {}
    for name, value in metrics.items():
        if isinstance(value, dict):
            found |= figures(value, f"{prefix}{name}.")
        elif isinstance(value, int | float):
            found[prefix + name] = value
    return found


def _axis(text: str) -> tuple[str, list[Any]]:
    name, _, values = text.partition("=")
    try:
        listed = tomllib.loads(f"values = {values}")["values"]
    except tomllib.TOMLDecodeError:
        listed = None
    if not name.strip() or not isinstance(listed, list) or not listed:
        must = "must read key=[value, value], such as crossbar.row_resistance=[0.0, 1.0]."
        raise SettingsError(f"{text}: {must}")
    return name.strip(), listed


def _toml(value: Any) -> str:
    import tomli_w

    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + "}"
    return tomli_w.dumps({"value": value}).partition("=")[2].strip()
