"""`python -m mho` is the command `mho`."""

from mho.cli import app

app()
