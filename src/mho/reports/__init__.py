"""Tables and figures out of stored results; nothing is computed here."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import cast

from mho.studies.store import RunFolder

# Modules, not functions, so that a command that draws nothing does not wait for matplotlib.
REPORTS = {"ClosedLoop": "mho.reports.closed_loop"}
"""Module whose `page` draws the report of a study, by the name of the study's class."""


def write_report(folder: RunFolder, study: str) -> Path:
    """Draw the report of a finished run into its folder, as one HTML file.

    Args:
        folder: Finished run.
        study: Name of the study's class, one of `REPORTS`.
    """
    from mho.studies.disk import write_whole

    page = cast(Callable[[RunFolder], str], import_module(REPORTS[study]).page)
    path = folder.path / "report.html"
    write_whole(path, page(folder).encode())
    return path
