"""What a user can mend is said in a line, without a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from mho.studies.runs import StorageError

REFUSED = 2
"""Exit code when the user has to mend something."""
INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells count it."""


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn what the user can mend into a message and an exit code; the rest stays a traceback."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("Stopped. What is finished is kept: the same command continues.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except StorageError as error:
        raise _refused(str(error)) from None
    except OSError as error:
        raise _refused(
            f"{error.filename}: {error.strerror}." if error.filename else str(error)
        ) from None
    except ValueError as error:
        if not _is_users(error):
            raise
        raise _refused(str(error)) from None


def _is_users(error: ValueError) -> bool:
    from mho.studies.settings import SettingsError

    return isinstance(error, SettingsError) or str(error).startswith("Argument `")


def _refused(message: str) -> typer.Exit:
    typer.echo(f"Error: {message}", err=True)
    return typer.Exit(REFUSED)
