"""`mho list`: which studies there are."""

import tomllib
from pathlib import Path

import typer

from .errors import one_line_errors

STUDIES_FOLDER = Path("studies")
"""Where `mho list` looks for study files."""


def studies() -> None:
    """List the studies that there are, and the study files in ./studies."""
    from mho.studies.registry import STUDIES, question

    with one_line_errors():
        for name in sorted(STUDIES):
            typer.echo(f"{name}: {question(name)}")
        for path in sorted(STUDIES_FOLDER.glob("*.toml")):
            typer.echo(f"  mho run {path}  ({_study_of(path)})")


def _study_of(path: Path) -> str:
    try:
        return str(tomllib.loads(path.read_text(encoding="utf-8"))["study"])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError):
        return "no study file"
