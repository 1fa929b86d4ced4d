"""`mho train`: what a network learns whose weights are cells."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import one_line_errors
from .models import Model, model_table
from .run import Fresh, Out, finish

if TYPE_CHECKING:
    from mho.studies.in_memory_training import InMemoryTraining

TASKS = {"mlp": "MnistByMlp", "lenet5": "FashionByLenet", "resnet34": "CaltechByResnet"}
"""Tasks of the study, by the names of the command line."""


def train(
    model: Model,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.npz", help="x_train, y_train, x_test and y_test for your own model."
        ),
    ] = None,
    rules: Annotated[
        list[str] | None,
        typer.Option("--rule", metavar="NAME", help="Rule of learning. [default: all]"),
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Replace a setting: epochs=3."),
    ] = None,
    out: Out = None,
    fresh: Fresh = False,
) -> None:
    """Train a network in cells, and print the accuracy that each rule reaches."""
    with one_line_errors():
        study = training_study(model, data, rules or [], changes or [])
        finish(study, out, fresh=fresh)


def training_study(
    model: str, data: Path | None, rules: Sequence[str], changes: Sequence[str]
) -> "InMemoryTraining":
    """The study that trains a network.

    Args:
        model: One of `TASKS`, or where a function is that answers a model.
        data: Pictures for a model of one's own.
        rules: Names of the rules; all of the study's if there are none.
        changes: Settings to replace, such as "epochs=3".
    """
    import tomli_w

    from mho.core.check import argument_error
    from mho.studies.in_memory_training import InMemoryTraining
    from mho.studies.settings import loads

    task = model_table(model, data, TASKS)
    if task["type"] not in TASKS.values():
        task = {"type": "OwnTask", "own": task}
    study = loads(tomli_w.dumps({"study": "InMemoryTraining", "task": task}), changes)
    assert isinstance(study, InMemoryTraining)
    for name in rules:
        if name not in study.rules:
            must = f"be one of {', '.join(study.rules)}"
            raise argument_error("rule", must, f"is {name!r}")
    return replace(study, rules={name: study.rules[name] for name in rules or study.rules})
