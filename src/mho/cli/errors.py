"""What a user can mend is said in a line, without a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

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
    except BrokenPipeError:
        raise  # whoever reads has seen enough, as `head` has: click ends without a word
    except OSError as error:
        raise _refused(
            f"{error.filename}: {error.strerror}." if error.filename else str(error)
        ) from None
    except Exception as error:
        if not _is_users(error):
            raise
        raise _refused(str(error)) from None


def _is_users(error: Exception) -> bool:
    from mho.studies.runs import StorageError
    from mho.studies.settings import SettingsError

    argument = isinstance(error, ValueError) and str(error).startswith("Argument `")
    return argument or isinstance(error, SettingsError | StorageError)


def _refused(message: str) -> typer.Exit:
    typer.echo(f"Error: {message}", err=True)
    return typer.Exit(REFUSED)
