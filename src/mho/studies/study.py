"""What a study is: a question with its settings, and an answer that prints itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .store import RunFolder


class Result(Protocol):
    """Answer of a study; `str()` of it is what a reader sees first."""

    @property
    def metrics(self) -> dict[str, Any]:
        """Numbers by name, nested as tables are."""
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
    def run(self, folder: RunFolder, progress: Progress) -> Result:
        """Compute what the folder does not have yet, and answer.

        Args:
            folder: Keeps the shards.
            progress: Told how far the run is.
        """


def complete(study: Study, folder: RunFolder, progress: Progress | None = None) -> None:
    """Bring a folder to its metrics; a finished one is left as it is.

    Args:
        study: Question to answer.
        folder: Opened for this study.
        progress: Told how far the run is; nobody by default.
    """
    if not folder.is_finished:
        folder.finish(study.run(folder, progress or Silent()))


def _ignore(steps: int) -> None:
    pass
