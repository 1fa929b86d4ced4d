"""The data that the study makes: which shards hold it, and how its parts are read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor

from mho.core.check import argument_error
from mho.studies.runs import RunFolder

from .inputs import SIGNALS, random_sources

if TYPE_CHECKING:
    from .readout_error import ReadoutError

UNIT = 10e-6
"""A. Unit of the paper's currents."""
NOISE_FREE = "noise_free"
"""Name of the currents without noise, beside those of the noises."""
INPUTS = "inputs"
"""Name of the shards with conductances and voltages, beside those of the arrays."""
PARTS = ("train", "validation_vectors", "validation_matrices", *SIGNALS)
"""Parts of the data, in the order of a result."""


@dataclass(frozen=True)
class Part:
    """Readings of one part of the data, by one kind of array, with one noise or none.

    Args:
        conductance: (matrices, rows, cols), S. Conductance of the memristors.
        voltage: (matrices, vectors, rows), V. Voltages driving the rows.
        current: (matrices, vectors, cols), A. What the array gave.
    """

    conductance: Tensor
    voltage: Tensor
    current: Tensor

    @property
    def ideal_current(self) -> Tensor:
        """What the array should have given, the product: (matrices, vectors, cols), A."""
        return self.voltage @ self.conductance

    @property
    def squared_error(self) -> float:
        """Mean squared error of the currents, in (10 uA)^2."""
        return float(((self.current - self.ideal_current) / UNIT).square().mean())

    @property
    def loss(self) -> float:
        """Share of the ideal currents that is missing, over all readings."""
        return 1 - float(self.current.sum() / self.ideal_current.sum())

    def first(self, matrices: int) -> "Part":
        """All vectors of the first matrices.

        Args:
            matrices: How many.
        """
        return Part(self.conductance[:matrices], self.voltage[:matrices], self.current[:matrices])

    def some(self, vectors: int) -> "Part":
        """The first vectors of each matrix.

        Args:
            vectors: How many.
        """
        return Part(self.conductance, self.voltage[:, :vectors], self.current[:, :vectors])


class Readings(Protocol):
    """Whatever has the readings of a study, a run folder for one."""

    def read(self, name: str) -> dict[str, Any]:
        """Conductances and voltages of a source, or one array's currents for it.

        Args:
            name: A shard's, as `shard_name` makes it.
        """
        ...


def load_part(folder: RunFolder, part: str, *, array: str, noise: str = NOISE_FREE) -> Part:
    """A part of the data out of a run of `ReadoutError`.

    `train` has the training vectors of the training matrices, `validation_vectors` their other
    vectors, `validation_matrices` all vectors of the other matrices. `sinusoid` and `dc` are the
    filters of `FilterTest`.

    Args:
        folder: Run whose shards are there.
        part: One of `PARTS`.
        array: Name of an array of the study.
        noise: Name of a noise of the study, or `NOISE_FREE`.
    """
    from mho.studies.settings import load

    from .readout_error import ReadoutError

    study = load(folder.settings_path)
    if not isinstance(study, ReadoutError):
        but = f"is one of {type(study).__name__}"
        raise argument_error("folder", "be a run of ReadoutError", but)
    return read_part(folder, study, part, array=array, noise=noise)


def read_part(
    folder: Readings, study: "ReadoutError", part: str, *, array: str, noise: str = NOISE_FREE
) -> Part:
    """A part of the data of a study that is at hand.

    Args:
        folder: Has the readings.
        study: Tells what they are of.
        part: One of `PARTS`.
        array: Name of an array of the study.
        noise: Name of a noise of the study, or `NOISE_FREE`.
    """
    _check_name("part", part, PARTS)
    _check_name("array", array, study.arrays)
    _check_name("noise", noise, (NOISE_FREE, *study.noises))
    sources, matrices, vectors = _place(study, part)
    inputs = [folder.read(shard_name(INPUTS, source)) for source in sources]
    answers = [folder.read(shard_name(array, source)) for source in sources]
    conductance, voltage, current = (
        torch.cat([torch.from_numpy(shard[key]) for shard in shards])
        for shards, key in ((inputs, "conductance"), (inputs, "voltage"), (answers, noise))
    )
    return Part(conductance[matrices], voltage[matrices, vectors], current[matrices, vectors])


def shard_name(owner: str, source: str) -> str:
    """Shard of one array's currents, or of the inputs of all arrays.

    Args:
        owner: Name of the array, or `INPUTS`.
        source: Where the inputs are from: one of `random_sources` or of `SIGNALS`.
    """
    return f"{owner}-{source}"


def _place(study: "ReadoutError", part: str) -> tuple[list[str], slice, slice]:
    """Sources of a part; its matrices and vectors in what these hold together."""
    if part in SIGNALS:
        return [part], slice(None), slice(None)
    matrices = study.matrices - study.validation_matrices
    vectors = study.vectors - study.validation_vectors
    which = {
        "train": (slice(matrices), slice(vectors)),
        "validation_vectors": (slice(matrices), slice(vectors, None)),
        "validation_matrices": (slice(matrices, None), slice(None)),
    }
    return random_sources(study), *which[part]


def _check_name(argument: str, name: str, known: Iterable[str]) -> None:
    if name not in list(known):
        raise argument_error(argument, f"be one of {', '.join(known)}", f"is {name}")
