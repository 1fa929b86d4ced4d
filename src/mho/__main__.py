"""`python -m mho` is the command `mho`."""

from mho.cli import app

if __name__ == "__main__":
    app()
