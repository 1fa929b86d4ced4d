"""Where tables are printed."""

import sys

from rich.console import Console


def console() -> Console:
    """Standard output; wide enough for every table where no terminal sets the width."""
    return Console(width=None if sys.stdout.isatty() else 160)
