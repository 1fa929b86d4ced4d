"""`mho list` and `mho devices`: what there is."""

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from .errors import one_line_errors

if TYPE_CHECKING:
    from mho.core import Device

STUDIES_FOLDER = Path("studies")
"""Where `mho list` looks for study files."""


def studies() -> None:
    """List the studies that there are, and the study files in ./studies."""
    from mho.studies.registry import STUDIES, question

    with one_line_errors():
        for name in sorted(STUDIES):
            typer.echo(f"{name}: {question(name)}")
        for path in sorted(STUDIES_FOLDER.glob("*.toml")):
            typer.echo(f"  mho run {path}  ({_study_of(path)})")


def devices() -> None:
    """List the device models, and the presets of devices and of effects of time."""
    from rich.table import Table

    from mho.core.units import si
    from mho.devices import DEVICES, EFFECTS
    from mho.devices.published import Published

    from .console import console

    with one_line_errors():
        table = Table("device", "preset", "g_min", "g_max", "set", "reset", "read")
        rows = [row for model in DEVICES for row in _presets(model)]
        for name, preset, device, _ in rows:
            operating = (device.set_voltage, device.reset_voltage, device.read_voltage)
            voltages = (f"{voltage:g} V" for voltage in operating)
            bounds = (si(device.g_min, "S"), si(device.g_max, "S"))
            table.add_row(name, preset, *bounds, *voltages)
        console().print(table)
        for name, preset, _, citation in rows:
            if citation:
                typer.echo(f"{name} {preset}: {citation}.")
        for effect in (effect for effect in EFFECTS if issubclass(effect, Published)):
            for preset in effect.presets():
                typer.echo(f"{effect.__name__} {preset}: {effect.citation(preset)}.")


def _presets(model: Any) -> list[tuple[str, str, "Device", str]]:
    if not getattr(model, "presets", list)():
        return [(model.__name__, "", model(), "")]
    return [
        (model.__name__, name, model.preset(name), model.citation(name)) for name in model.presets()
    ]


def _study_of(path: Path) -> str:
    try:
        return str(tomllib.loads(path.read_text(encoding="utf-8"))["study"])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError):
        return "no study file"
