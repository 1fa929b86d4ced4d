"""`mho transfer`: what accuracy a network keeps in cells of few bits."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import one_line_errors
from .models import Model, model_table
from .run import Fresh, Out, finish

if TYPE_CHECKING:
    from mho.studies.study import Study

NETWORKS = {"mlp": "MnistMlp", "lenet5": "FashionLenet", "resnet34": "CaltechResnet"}
"""Networks of the studies, by the names of the command line."""


def transfer(
    model: Model,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.npz", help="x_train, x_test and y_test for a model of your own."
        ),
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Replace a setting: bits=[3,4]."),
    ] = None,
    out: Out = None,
    fresh: Fresh = False,
) -> None:
    """Write a trained network into cells of 1 to 9 bits, and print the accuracy that it keeps."""
    with one_line_errors():
        study = transfer_study(model, data, changes or [])
        finish(study, out, fresh=fresh)


def transfer_study(model: str, data: Path | None, changes: Sequence[str]) -> "Study":
    """The study that transfers a network.

    Args:
        model: One of `NETWORKS`, or where a function is that answers a model.
        data: Pictures for a model of one's own.
        changes: Settings to replace, such as "images=500".
    """
    import tomli_w

    from mho.studies.settings import loads

    network = model_table(model, data, NETWORKS)
    return loads(tomli_w.dumps({"study": "WeightTransfer", "network": network}), changes)
