"""The studies by name."""

import ast
import importlib
from importlib.util import find_spec
from typing import cast

from .study import Study

# Modules, not classes, so that listing the studies does not import what they compute with.
STUDIES: dict[str, str] = {
    "ClosedLoop": "mho.studies.closed_loop",
    "OnePulseError": "mho.studies.one_pulse_error",
    "TrainDigits": "mho.studies.train_digits",
}
"""Module of each study class, by the name of the class."""


def study_class(name: str) -> type[Study]:
    """The class of a study.

    Args:
        name: One of `STUDIES`.
    """
    return cast(type[Study], getattr(importlib.import_module(STUDIES[name]), name))


def question(name: str) -> str:
    """First line of a study's docstring, read without importing the study.

    Args:
        name: One of `STUDIES`.
    """
    spec = find_spec(STUDIES[name])
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"No module `{STUDIES[name]}` for study {name}.")
    with open(spec.origin, encoding="utf-8") as source:
        tree = ast.parse(source.read())
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return (ast.get_docstring(node) or "").partition("\n")[0]
    raise AttributeError(f"Module `{STUDIES[name]}` defines no class {name}.")
