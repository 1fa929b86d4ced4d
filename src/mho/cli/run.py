"""`mho run`: answer a study's question."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import one_line_errors

if TYPE_CHECKING:
    from mho.studies.runs import RunFolder
    from mho.studies.study import Study

RUNS = Path("runs")
"""Where runs are kept unless `--out` says otherwise."""
Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="Run folder. [default: runs/<study>-<settings>]"),
]
"""Option of every command that makes one run."""
Fresh = Annotated[bool, typer.Option("--fresh", help="Delete what an earlier run stored there.")]
"""Option of every command that makes one run."""


def run(
    settings: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="Settings of the study.")],
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Replace a setting: array.rows=64."),
    ] = None,
    out: Out = None,
    fresh: Fresh = False,
) -> None:
    """Run a study, or continue it where it stopped."""
    with one_line_errors():
        from mho.studies.settings import load

        study = load(settings, changes or [])
        finish(study, out, fresh=fresh)


def finish(study: "Study", path: Path | None, *, fresh: bool) -> None:
    """Bring a run to its end, and print its result, its folder and its report.

    Args:
        study: What is run.
        path: Folder of the run; one of its own in `RUNS` if left out.
        fresh: Whether to delete what an earlier run stored there.
    """
    from mho.studies.runs import RunFolder, discard, run_path

    path = path or run_path(RUNS, study)
    if fresh:
        discard(path)
    with RunFolder.at(path, study) as folder:
        _compute(study, folder)
        typer.echo(folder.summary)
        typer.echo(f"Run folder: {folder.path}")
        _report(study, folder)


def _compute(study: "Study", folder: "RunFolder") -> None:
    import torch

    from mho.studies.runs import complete

    from .progress import progress

    if folder.is_finished:
        typer.echo("Finished before: this is the stored result. --fresh starts anew.", err=True)
        return
    if folder.shards:
        typer.echo(f"Continuing {folder.path} with {len(folder.shards)} stored shards.", err=True)
    # The compiled kernels take all cores; many small torch operations are slower when they share.
    torch.set_num_threads(1)
    with progress() as watcher:
        complete(study, folder, watcher)


def _report(study: "Study", folder: "RunFolder") -> None:
    from mho.reports import REPORTS, write_report

    if type(study).__name__ in REPORTS:
        typer.echo(f"Report: {write_report(folder, type(study).__name__)}")
