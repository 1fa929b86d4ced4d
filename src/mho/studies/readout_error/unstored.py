"""Readings that are made when they are asked for, and stored nowhere."""

from functools import cache
from typing import TYPE_CHECKING, Any

from .data import INPUTS
from .inputs import inputs

if TYPE_CHECKING:
    from .readout_error import ReadoutError


class Unstored:
    """Takes the place of a run folder for `read_part`: the same readings, without the run.

    Args:
        study: Tells what is read.
    """

    def __init__(self, study: "ReadoutError") -> None:
        self._inputs = cache(lambda source: inputs(study, source))
        self._currents = cache(
            lambda name, source: study.read(name, **self._inputs(source), source=source)
        )

    def read(self, name: str) -> dict[str, Any]:
        """What the shard of this name would hold.

        Args:
            name: One of `shard_name`.
        """
        owner, _, source = name.partition("-")
        made = self._inputs(source) if owner == INPUTS else self._currents(owner, source)
        return {key: tensor.numpy() for key, tensor in made.items()}
