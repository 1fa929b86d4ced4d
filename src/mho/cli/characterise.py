"""`mho characterise`: what pulses and time do to the cells of a device."""

from pathlib import Path
from typing import Annotated

import typer

from .errors import one_line_errors
from .run import RUNS, finish


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
        import tomli_w

        from mho.studies.runs import run_path
        from mho.studies.settings import loads

        model, _, preset = device.partition("/")
        table = {"type": model} | ({"preset": preset} if preset else {})
        study = loads(tomli_w.dumps({"study": "Characterise", "device": table}), changes or [])
        finish(study, out or run_path(RUNS, study), fresh=fresh)
