"""What made a run."""

import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mho

FORMAT = 1
"""Number of the run folder's layout; a folder with another one is not opened."""


def provenance() -> dict[str, Any]:
    """Format number, versions, commit where it is known, and the time."""
    about: dict[str, Any] = {"format": FORMAT, "mho": mho.__version__}
    about["python"] = platform.python_version()
    about |= {package: version(package) for package in ("torch", "numpy", "numba")}
    about["commit"] = _commit()
    about["created"] = datetime.now(UTC).isoformat(timespec="seconds")
    return about


def _commit() -> str | None:
    """Commit of the checkout that this code runs from, none for an installed package."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    checkout = Path(mho.__file__).parents[2]
    if not (checkout / ".git").exists():
        return None
    described = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    return described.stdout.strip() or None
