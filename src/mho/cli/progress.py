"""How far a run is: bars in a terminal, now and then a line elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress

from mho.studies.study import Progress

INTERVAL = 10.0
"""s. Time between two lines where there is no terminal."""


def progress() -> AbstractContextManager[Progress]:
    """What suits the place that standard error goes to."""
    return _bars() if sys.stderr.isatty() else nullcontext(Lines())


class Bars:
    """A bar for each stage.

    Args:
        bars: Running display.
    """

    def __init__(self, bars: RichProgress) -> None:
        self._bars = bars

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Callable[[int], None]]:
        task = self._bars.add_task(name, total=total)
        yield lambda steps: self._bars.advance(task, steps)


class Lines:
    """A line when a stage begins, when it ends, and every `INTERVAL` between."""

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Callable[[int], None]]:
        typer.echo(f"{name}: 0 of {total}", err=True)
        start = said = time.monotonic()
        done = 0

        def advance(steps: int) -> None:
            nonlocal done, said
            done += steps
            now = time.monotonic()
            if now - said >= INTERVAL and 0 < done < total:
                said = now
                left = (now - start) * (total - done) / done
                typer.echo(f"{name}: {done} of {total}, {left:.0f} s left", err=True)

        yield advance
        typer.echo(f"{name}: {done} of {total} in {time.monotonic() - start:.1f} s", err=True)


@contextmanager
def _bars() -> Iterator[Progress]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with RichProgress(*columns, console=Console(stderr=True)) as bars:
        yield Bars(bars)
