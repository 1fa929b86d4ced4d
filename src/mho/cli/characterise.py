"""`mho characterise`: what pulses and time do to the cells of a device."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .errors import one_line_errors
from .run import Fresh, Out, finish

if TYPE_CHECKING:
    from mho.studies.study import Study


def characterise(
    device: Annotated[
        str,
        typer.Argument(
            metavar="DEVICE", help="Device model as `mho devices` lists it: JartTUD/yu2022."
        ),
    ],
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Replace a setting: device.tau=1e-7."),
    ] = None,
    out: Out = None,
    fresh: Fresh = False,
) -> None:
    """Draw what pulses and time do to the cells of a device."""
    with one_line_errors():
        study = study_of("Characterise", device, changes or [])
        finish(study, out, fresh=fresh)


def study_of(name: str, device: str, changes: Sequence[str]) -> "Study":
    """A study of a device.

    Args:
        name: Class of the study.
        device: Model, and after a slash its preset.
        changes: Settings to replace, such as "device.tau=1e-7".
    """
    from mho.studies.settings import loads

    return loads(study_table(name, device), changes)


def study_table(study: str, device: str, **settings: Any) -> str:
    """TOML of a study of a device.

    Args:
        study: Name of the study's class.
        device: Model, and after a slash its preset.
        **settings: Fields of the study beside the device.
    """
    import tomli_w

    model, slash, preset = device.partition("/")
    table = {"type": model} | ({"preset": preset} if slash else {})
    return tomli_w.dumps({"study": study, **settings, "device": table})
