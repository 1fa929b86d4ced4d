"""A run is a folder of plain files that a kill at any moment leaves whole."""

import hashlib
import os
import re
import shutil
import time
from difflib import ndiff
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import mho
from mho.studies.settings import SettingsError, dump, loads
from mho.studies.study import Progress, Result, Silent, Study

from .disk import (
    LOCK,
    PARTIAL,
    StorageError,
    json_bytes,
    lock_folder,
    read_json,
    write_whole,
)
from .provenance import FORMAT, provenance
from .shard import pack, unpack

if TYPE_CHECKING:
    import numpy as np


class RunFolder:
    """Settings, shards and metrics of one run.

    `RunFolder(path)` reads a stored run. `RunFolder.open` and `RunFolder.at` make or continue one,
    which no other process can do until it is closed.

    Args:
        path: Folder of a stored run.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._lock: int | None = None
        if not (self.path / "run.json").is_file():
            raise StorageError(f"{self.path} is no run folder: it has no run.json.")
        if self.about["format"] != FORMAT:
            raise StorageError(
                f"{self.path} has folder format {self.about['format']}, but this version of mho"
                f" reads format {FORMAT}. Read it with mho {self.about['mho']}."
            )

    @classmethod
    def open(cls, root: Path, study: Study) -> Self:
        """Make or continue the run of a study under its own name.

        Args:
            root: Folder of the runs.
            study: What is run.
        """
        return cls.at(run_path(root, study), study)

    @classmethod
    def at(cls, path: Path, study: Study) -> Self:
        """Make or continue the run of a study in a given folder.

        Args:
            path: Folder of the run.
            study: What is run; it must be the one that the folder was made for.
        """
        path, settings = Path(path), dump(study)
        _make(path)
        lock = lock_folder(path)
        try:
            for partial in path.rglob(f"*{PARTIAL}"):
                partial.unlink()
            if not _is_run(path):
                _begin(path, study, settings)
            folder = cls(path)
            folder._check(settings)
        except BaseException:
            os.close(lock)
            raise
        folder._lock = lock
        return folder

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let other processes open the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def about(self) -> dict[str, Any]:
        """Format number, versions, seed and time of creation."""
        return read_json(self.path / "run.json")

    @property
    def settings_path(self) -> Path:
        """The study with every field, as TOML."""
        return self.path / "study.toml"

    @property
    def is_finished(self) -> bool:
        """Whether the metrics are stored."""
        return (self.path / "metrics.json").exists()

    @property
    def metrics(self) -> dict[str, Any]:
        """Numbers of the finished run."""
        return dict(self._finished()["metrics"])

    @property
    def summary(self) -> str:
        """The finished run's result as it printed itself."""
        return str(self._finished()["summary"])

    @property
    def shards(self) -> list[str]:
        """Names of the stored shards."""
        return sorted(path.stem for path in (self.path / "shards").glob("*.h5"))

    def has(self, name: str) -> bool:
        """Whether a shard is stored.

        Args:
            name: Name of the shard.
        """
        return self._shard(name).exists()

    def write(self, name: str, **arrays: Any) -> None:
        """Store a shard, once and whole.

        Args:
            name: Letters, digits, dots, dashes and underscores.
            **arrays: Arrays, tensors, numbers or strings by name.
        """
        if self.has(name):
            raise StorageError(
                f"{self._shard(name)} is already stored, and a shard is stored once."
            )
        self._store(self._shard(name), pack(arrays))

    def read(self, name: str) -> "dict[str, np.ndarray]":
        """Arrays of a stored shard; numbers and strings come as arrays without axes.

        Args:
            name: Name of the shard.
        """
        path = self._shard(name)
        if not path.exists():
            raise StorageError(f"{self.path} has no shard `{name}`.")
        content = path.read_bytes()
        try:
            return unpack(content)
        except _CORRUPT as error:
            files = "it and metrics.json" if self.is_finished else "it"
            raise StorageError(
                f"{path} is damaged: {error}. Delete {files} and run the study again; only what"
                " is missing is computed."
            ) from None

    def finish(self, result: Result) -> None:
        """Store the metrics, the printed result and the checksum of every shard.

        Args:
            result: Answer of the study.
        """
        content = {
            "metrics": result.metrics,
            "summary": str(result),
            "shards": {name: _sha256(self._shard(name).read_bytes()) for name in self.shards},
        }
        self._store(self.path / "metrics.json", json_bytes(content))

    def took(self, cpu_seconds: float) -> None:
        """Add to what the run has taken; what a killed process took is not counted.

        Args:
            cpu_seconds: s. CPU time since the run was begun or continued.
        """
        about = self.about
        before = about.get("cpu_seconds", 0.0)
        self._store(
            self.path / "run.json", json_bytes(about | {"cpu_seconds": before + cpu_seconds})
        )

    def damaged(self) -> list[str]:
        """Shards of the finished run that are missing or no longer what they were."""
        return [
            name
            for name, checksum in self._finished()["shards"].items()
            if not self.has(name) or _sha256(self._shard(name).read_bytes()) != checksum
        ]

    def _shard(self, name: str) -> Path:
        if not re.fullmatch(r"[\w.-]+", name, re.ASCII):
            raise ValueError(
                "Argument `name` must be made of letters, digits, dots, dashes and underscores, "
                f"but is {name!r}."
            )
        return self.path / "shards" / f"{name}.h5"

    def _finished(self) -> dict[str, Any]:
        if not self.is_finished:
            raise StorageError(f"{self.path} is not finished. Run the study again to continue it.")
        return read_json(self.path / "metrics.json")

    def _store(self, path: Path, content: bytes) -> None:
        if self._lock is None:
            raise StorageError(f"{self.path} is open for reading. Open it with `RunFolder.at`.")
        write_whole(path, content)

    def _check(self, settings: str) -> None:
        other = "Choose another folder with --out, or delete this one."
        if self.about["mho"] != mho.__version__:
            raise StorageError(
                f"{self.path} was made by mho {self.about['mho']}, but this is mho"
                f" {mho.__version__}, whose numbers may differ. {other}"
            )
        stored = self.settings_path.read_text(encoding="utf-8")
        if not _same_study(stored, settings):
            lines = ndiff(stored.splitlines(), settings.splitlines())
            changes = "\n".join(line for line in lines if line[0] in "-+")
            raise StorageError(
                f"{self.path} was made with other settings. {other} They differ in\n{changes}"
            )


def _same_study(stored: str, settings: str) -> bool:
    """Whether two texts mean the same; settings that are newer than a run have their defaults."""
    try:
        return dump(loads(stored)) == settings
    except SettingsError:
        return False


def complete(study: Study, folder: RunFolder, progress: Progress | None = None) -> None:
    """Bring a folder to its metrics; a finished one is left as it is.

    Args:
        study: Question to answer.
        folder: Opened for this study.
        progress: Told how far the run is; nobody by default.
    """
    if folder.is_finished:
        return
    begun = time.process_time()
    try:
        folder.finish(study.run(folder, progress or Silent()))
    finally:
        folder.took(time.process_time() - begun)


def run_path(root: Path, study: Study) -> Path:
    """Folder of a study's run, named after the study and its settings.

    Args:
        root: Folder of the runs.
        study: What is run.
    """
    return Path(root) / f"{type(study).__name__}-{_sha256(dump(study).encode())[:8]}"


def discard(path: Path) -> None:
    """Empty a run folder, whoever made it; a folder that is none is left alone.

    Args:
        path: Folder of the run.
    """
    if not _is_run(path):
        return
    lock = lock_folder(path)
    try:
        # The settings go last, so that a kill never leaves shards without the settings they are of.
        last = [path / "study.toml", path / "run.json"]
        for entry in [e for e in path.iterdir() if e.name != LOCK and e not in last] + last:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    finally:
        os.close(lock)


# What h5py raises, depending on which bytes are wrong.
_CORRUPT = (OSError, KeyError, RuntimeError, ValueError, TypeError)


def _is_run(path: Path) -> bool:
    return (path / "run.json").exists() and (path / "study.toml").exists()


def _make(path: Path) -> None:
    try:
        (path / "shards").mkdir(parents=True, exist_ok=True)
        names = {entry.name for entry in path.iterdir() if entry.suffix != PARTIAL}
    except OSError as error:
        raise StorageError(f"{path} cannot be made: {error.strerror}.") from None
    # A kill just after the folder was made may have left these, and nothing else.
    if not _is_run(path) and names - {LOCK, "study.toml", "run.json", "shards"}:
        raise StorageError(
            f"{path} holds files but no run. Choose an empty or new folder with --out."
        )


def _begin(path: Path, study: Study, settings: str) -> None:
    about = provenance()
    if hasattr(study, "seed"):
        about["seed"] = study.seed
    write_whole(path / "study.toml", settings.encode())
    write_whole(path / "run.json", json_bytes(about))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
