"""`mho devices`: the device models, their published presets and where those are from."""

from typing import TYPE_CHECKING, Any

import typer

from .errors import one_line_errors

if TYPE_CHECKING:
    from mho.core import Device


def devices() -> None:
    """List the device models with range, polarity, voltages and source, and effects of time."""
    from rich.table import Table

    from mho.devices import DEVICES, EFFECTS

    from .console import console

    with one_line_errors():
        table = Table("device", "range", "polarity", "SET", "RESET", "read")
        for model in DEVICES:
            for name, device in _entries(model).items():
                table.add_row(name, *_row(device))
            table.add_section()
        console().print(table)
        effects: list[Any] = [effect for effect in EFFECTS if _presets(effect)]
        for model in [*DEVICES, *effects]:
            typer.echo("\n".join(_sources(model)))


def _entries(model: Any) -> dict[str, "Device[Any]"]:
    """Devices by the name that `mho characterise` takes: the presets, or else the defaults."""
    named = {f"{model.__name__}/{preset}": model.preset(preset) for preset in _presets(model)}
    return named or {model.__name__: model()}


def _sources(model: Any) -> list[str]:
    presets = [f"  {preset}: {model.citation(preset)}." for preset in _presets(model)]
    return [f"{model.__name__}: {str(model.__doc__).splitlines()[0]}", *presets]


def _presets(model: Any) -> list[str]:
    return list(model.presets()) if hasattr(model, "presets") else []


def _row(device: "Device[Any]") -> tuple[str, ...]:
    from mho.core.units import si

    polarity = "SET positive" if device.set_voltage > 0 else "SET negative"
    voltages = (device.set_voltage, device.reset_voltage, device.read_voltage)
    conductances = f"{si(device.g_min, 'S')} to {si(device.g_max, 'S')}"
    return (conductances, polarity, *(f"{voltage:g} V" for voltage in voltages))
