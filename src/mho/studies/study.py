"""What a study is: a question with its settings, and an answer that prints itself."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol


class Result(Protocol):
    """Answer of a study; `str()` of it is what a reader sees first."""

    @property
    def metrics(self) -> dict[str, Any]:
        """Numbers by name, nested as tables are."""
        ...


class Shards(Protocol):
    """Where a study keeps what it has computed."""

    @property
    def path(self) -> Path:
        """Folder for files that are no shards."""
        ...

    def has(self, name: str) -> bool:
        """Whether a shard is stored.

        Args:
            name: Name of the shard.
        """
        ...

    def write(self, name: str, **arrays: Any) -> None:
        """Store a shard, once and whole.

        Args:
            name: Name of the shard.
            **arrays: Arrays, tensors, numbers or strings by name.
        """
        ...

    def read(self, name: str) -> dict[str, Any]:
        """Arrays of a stored shard.

        Args:
            name: Name of the shard.
        """
        ...


class Progress(Protocol):
    """Whoever watches a run."""

    def stage(self, name: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
        """Announce a part of the run; call what the context gives with each number of steps done.

        Args:
            name: What is being done, in a few words.
            total: Steps in this part, those that an earlier run finished included.
        """
        ...


class Silent:
    """Nobody watches."""

    def stage(self, name: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
        return nullcontext(_ignore)


class Study(ABC):
    """A question. Subclasses are frozen keyword-only dataclasses named after it.

    The first line of the docstring is the question itself. The fields are the settings, and they
    alone decide the answer. A shard that the folder already has is read, never computed again.
    """

    @abstractmethod
    def run(self, folder: Shards, progress: Progress) -> Result:
        """Compute what the folder does not have yet, and answer.

        Args:
            folder: Keeps the shards.
            progress: Told how far the run is.
        """


def _ignore(steps: int) -> None:
    pass
