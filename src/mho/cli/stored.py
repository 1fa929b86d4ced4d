"""`mho show` and `mho scoreboard`: what is stored, as tables."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .errors import one_line_errors

SCOREBOARD = Path("results/scoreboard.json")
"""Every figure that the project claims."""


def show(
    path: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of the run.")],
) -> None:
    """Print the metrics and the files of a run."""
    from mho.studies.runs import RunFolder

    from .console import console

    with one_line_errors():
        folder = RunFolder(path)
        if folder.is_finished:
            typer.echo(folder.summary)
            for table in _metric_tables(folder.metrics):
                console().print(table)
        else:
            typer.echo(f"Not finished: {len(folder.shards)} shards so far. Run it again to go on.")
        typer.echo(f"Settings: {folder.settings_path}")
        damaged = folder.damaged() if folder.is_finished else []
        for file in sorted(path.rglob("*")):
            if file.is_file() and not file.name.startswith("."):
                note = "  DAMAGED" if file.suffix == ".h5" and file.stem in damaged else ""
                typer.echo(f"  {file.relative_to(path)}  {file.stat().st_size / 1e3:.1f} kB{note}")


def scoreboard(
    path: Annotated[
        Path, typer.Argument(metavar="SCOREBOARD", help="Stored figures.")
    ] = SCOREBOARD,
) -> None:
    """Print every figure that the project claims, what falls short first."""
    from rich.table import Table

    from mho.reports.scoreboard import load

    from .console import console

    with one_line_errors():
        rows = sorted(load(path), key=lambda row: (not row.falls_short, row.id))
        table = Table("figure", "value", "paper", "to reach", "unit", "", title=str(path))
        for row in rows:
            figures = (_text(row.value), _text(row.paper), _text(row.reach))
            verdict = "falls short" if row.falls_short else ""
            table.add_row(row.id, *figures, row.unit, verdict)
        console().print(table)


def _metric_tables(metrics: dict[str, Any]) -> list[Any]:
    from rich.table import Table

    groups = {"": {key: value for key, value in metrics.items() if not isinstance(value, dict)}}
    groups |= {key: value for key, value in metrics.items() if isinstance(value, dict)}
    tables = []
    for title, group in groups.items():
        table = Table("metric", "value", title=title or None)
        for name, value in _flat(group):
            table.add_row(name, _text(value))
        if table.row_count:
            tables.append(table)
    return tables


def _flat(group: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows = []
    for key, value in group.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{prefix}{key}.")
        else:
            rows.append((prefix + key, value))
    return rows


def _text(value: Any) -> str:
    if isinstance(value, list):
        head = ", ".join(map(_text, value[:8]))
        return f"{head}, ... ({len(value)} values)" if len(value) > 8 else head
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
