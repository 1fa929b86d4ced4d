"""`mho sweep`: answer a study's question at many settings."""

import csv
from pathlib import Path
from typing import Annotated, Any

import typer

from .errors import one_line_errors
from .run import RUNS, finish

SHOWN = 6
"""Figures of a run that the table has, if nobody chooses."""


def sweep(
    settings: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="Settings of the study.")],
    over: Annotated[
        list[str],
        typer.Option("--over", metavar="KEY=[VALUES]", help="Setting to vary: adc.bits=[4, 8]."),
    ],
    metrics: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="NAME", help="Figure for the table, as in metrics.json."),
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Replace a setting in all runs."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the run folders.")] = RUNS,
    table: Annotated[Path | None, typer.Option(help="CSV file to write the table to.")] = None,
) -> None:
    """Run a study at every combination of some settings, and print one table."""
    with one_line_errors():
        from mho.studies.runs import RunFolder, run_path
        from mho.studies.sweep import combinations, figures

        rows = []
        every = combinations(settings, over, changes or [])
        for number, combination in enumerate(every, 1):
            chosen = ", ".join(f"{name} = {value}" for name, value in combination.changes.items())
            typer.echo(f"\n{number} of {len(every)}: {chosen}")
            path = run_path(out, combination.study)
            finish(combination.study, path, fresh=False)
            found = figures(RunFolder(path).metrics)
            wanted = metrics or list(found)[:SHOWN]
            missing = [name for name in wanted if name not in found]
            if missing:
                from mho.core.check import argument_error

                must = f"name figures of the run, {', '.join(found)}"
                raise argument_error("metric", must, f"has {missing[0]}")
            cells = {name: found[name] for name in wanted}
            rows.append(combination.changes | cells | {"run": str(path)})
        _print(rows)
        if table is not None:
            _write(rows, table)


def _print(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    from .console import console

    shown = Table(*rows[0], title="Sweep")
    for row in rows:
        shown.add_row(*(f"{v:.6g}" if isinstance(v, float) else str(v) for v in row.values()))
    console().print(shown)


def _write(rows: list[dict[str, Any]], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    typer.echo(f"Table: {path}")
