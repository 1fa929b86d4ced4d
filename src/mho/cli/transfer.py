"""`mho transfer`: what accuracy a network keeps in cells of few bits."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .errors import one_line_errors
from .run import RUNS, Fresh, Out, finish

if TYPE_CHECKING:
    from mho.studies.study import Study

NETWORKS = {"mlp": "MnistMlp", "lenet5": "FashionLenet", "resnet34": "CaltechResnet"}
"""Networks of the studies, by the names of the command line."""


def transfer(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="mlp, lenet5, resnet34, or package.module:function of your own."
        ),
    ],
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
        import sys

        from mho.studies.runs import run_path

        sys.path.insert(0, "")  # a function of one's own is most often in the folder one is in
        study = transfer_study(model, data, changes or [])
        finish(study, out or run_path(RUNS, study), fresh=fresh)


def transfer_study(model: str, data: Path | None, changes: Sequence[str]) -> "Study":
    """The study that transfers a network.

    Args:
        model: One of `NETWORKS`, or where a function is that answers a model.
        data: Pictures for a model of one's own.
        changes: Settings to replace, such as "images=500".
    """
    import tomli_w

    from mho.core.check import argument_error
    from mho.studies.settings import loads

    network: dict[str, Any]
    if model in NETWORKS:
        network = {"type": NETWORKS[model]}
    elif ":" not in model:
        must = f"be one of {', '.join(NETWORKS)}, or read package.module:function"
        raise argument_error("model", must, f"is {model!r}")
    elif data is None:
        must = "be given for a model of your own"
        raise argument_error("data", must, "is not", "Pass --data FILE.npz.")
    else:
        network = {"type": "OwnModel", "model": model, "pictures": str(data)}
    return loads(tomli_w.dumps({"study": "WeightTransfer", "network": network}), changes)
