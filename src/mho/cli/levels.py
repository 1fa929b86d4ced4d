"""`mho levels`: how many even levels feedforward pulses give on a device."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from .characterise import study_table
from .errors import one_line_errors
from .run import Fresh, Out, finish

if TYPE_CHECKING:
    from mho.studies.study import Study


def levels(
    device: Annotated[
        str,
        typer.Argument(
            metavar="DEVICE", help="Device model as `mho devices` lists it: SoftBounds."
        ),
    ],
    n: Annotated[int, typer.Option("--n", help="Number of levels.")] = 64,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Replace a setting: cells=66."),
    ] = None,
    out: Out = None,
    fresh: Fresh = False,
) -> None:
    """Drive a device by feedforward pulses, and print and draw the levels that they give."""
    with one_line_errors():
        study = levels_study(device, n, changes or [])
        finish(study, out, fresh=fresh)


def levels_study(device: str, n: int, changes: Sequence[str]) -> "Study":
    """The study that asks for the levels of a device.

    Args:
        device: Model, and after a slash its preset.
        n: Number of levels.
        changes: Settings to replace, such as "device.tau=1e-7".
    """
    from mho.studies.settings import loads

    return loads(study_table("FeedforwardLevels", device, levels=[n]), changes)
