"""`mho characterise`: what pulses and time do to the cells of a device."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import one_line_errors
from .run import RUNS, finish

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
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Run folder. [default: runs/<study>-<settings>]"),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Delete what an earlier run stored there.")
    ] = False,
) -> None:
    """Draw what pulses and time do to the cells of a device."""
    with one_line_errors():
        from mho.studies.runs import run_path

        study = study_of("Characterise", device, changes or [])
        finish(study, out or run_path(RUNS, study), fresh=fresh)


def study_of(name: str, device: str, changes: Sequence[str]) -> "Study":
    """A study of a device.

    Args:
        name: Class of the study.
        device: Model, and after a slash its preset.
        changes: Settings to replace, such as "device.tau=1e-7".
    """
    import tomli_w

    from mho.studies.settings import loads

    model, slash, preset = device.partition("/")
    table = {"type": model} | ({"preset": preset} if slash else {})
    return loads(tomli_w.dumps({"study": name, "device": table}), changes)
