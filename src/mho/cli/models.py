"""Models that commands take by a short name, or from a module of one's own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

Model = Annotated[
    str,
    typer.Argument(
        metavar="MODEL", help="mlp, lenet5, resnet34, or package.module:function of your own."
    ),
]
"""Argument of every command that takes a model."""


def model_table(model: str, data: Path | None, known: Mapping[str, str]) -> dict[str, Any]:
    """Settings of a model, as a study file has them.

    Args:
        model: A short name, or where a function is that answers a model.
        data: Pictures for a model of one's own.
        known: Class of the settings by short name.
    """
    from mho.core.check import argument_error

    if model in known:
        return {"type": known[model]}
    if ":" not in model:
        must = f"be one of {', '.join(known)}, or read package.module:function"
        raise argument_error("model", must, f"is {model!r}")
    if data is None:
        must = "be given for a model of your own"
        raise argument_error("data", must, "is not", "Pass --data FILE.npz.")
    return {"type": "OwnModel", "model": model, "pictures": str(data)}
