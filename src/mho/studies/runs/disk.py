"""Files that are there whole or not at all, and a folder that one process writes at a time."""

import errno
import fcntl
import json
import os
import shutil
from pathlib import Path
from typing import Any

LOCK = ".lock"
"""Name of the file whose lock the writing process holds."""
PARTIAL = ".partial"
"""Ending of a file that is still being written."""


class StorageError(RuntimeError):
    """A run folder that cannot be read, written or continued, and the remedy."""


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, even after a power cut.

    Args:
        path: File to write.
        content: All of it.
    """
    partial = path.with_name(path.name + PARTIAL)
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
        _sync_folder(path.parent)
    except OSError as error:
        partial.unlink(missing_ok=True)
        if error.errno not in _FULL:
            raise
        free = shutil.disk_usage(path.parent).free
        raise StorageError(
            f"{path} ({len(content) / 1e6:.3g} MB) cannot be written: {error.strerror};"
            f" {free / 1e6:.3g} MB are free there. What is finished is kept: make room, and the"
            " same command continues."
        ) from None


def read_json(path: Path) -> dict[str, Any]:
    """Table that a JSON file holds.

    Args:
        path: File of a run.
    """
    try:
        return dict(json.loads(path.read_bytes()))
    except ValueError:
        raise StorageError(f"{path} is damaged: it is not JSON. Delete the run's folder.") from None


def json_bytes(content: dict[str, Any]) -> bytes:
    """A table as the bytes of a JSON file.

    Args:
        content: Numbers, arrays and strings by name.
    """
    text = json.dumps(content, indent=2, default=lambda number: number.tolist())
    return f"{text}\n".encode()


def lock_folder(path: Path) -> int:
    """Keep every other process out of a folder.

    The kernel gives the lock back when the process ends, however it ends.

    Args:
        path: Existing folder.

    Returns:
        File descriptor; closing it lets others in.
    """
    lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise StorageError(
            f"{path} is in use by another process. Wait for it, or choose another folder with"
            " --out."
        ) from None
    return lock


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
